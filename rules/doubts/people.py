"""Who is told, who approves, who may mute: recipients that should make an author think again."""

from collections.abc import Iterator

from rules.doubts.raw import table, text, texts
from rules.doubts.sketch import Finding, RuleSketch, Sketch

_SENT = ("notice", "referral")


def check(policy: Sketch) -> Iterator[Finding]:
    """Look at the recipients of every action, then at roles and lists that reach nobody."""
    for rule in policy.rules:
        for place, action in enumerate(rule.then, start=1):
            key = f"then[{place}]"
            if text(action, "kind") in _SENT and "parent" in texts(action, "to"):
                message = "sends to a parent: parents receive documents by hand, make it a document and a task"
                yield rule.finding("parent", message, key=f"{key}.to", ambiguity="A38")
            if text(action, "kind") == "referral" and text(action, "approval") == "none":
                message = "refers without anybody's approval"
                yield rule.finding("no approval", message, key=f"{key}.approval", ambiguity="A37")
    yield from _mutes(policy)
    yield from _tells_nobody(policy)


def _told(rules: tuple[RuleSketch, ...]) -> set[str]:
    return {role for rule in rules for action in rule.then for role in texts(action, "to")}


def _mutes(policy: Sketch) -> Iterator[Finding]:
    """A role that may mute and is told of nothing would never know what there is to mute."""
    told = _told(policy.rules) | set(texts(table(policy.head, "overdue"), "to"))
    for role in sorted(set(texts(policy.head, "mutable_by")) - told):
        message = f"{role} may mute rules and is told of nothing by any of them"
        yield Finding(rule="", kind="unused role", message=message, key="policy.mutable_by")
    for rule in policy.rules:
        for role in sorted(set(texts(rule.raw, "mutable_by")) - told):
            message = f"{role} may mute it and is told of nothing by any rule"
            yield rule.finding("unused role", message, key="mutable_by")


def _tells_nobody(policy: Sketch) -> Iterator[Finding]:
    """``also_tell`` adds to notices and referrals: without any it adds to nothing."""
    if policy.also_tell and not any(text(action, "kind") in _SENT for rule in policy.rules for action in rule.then):
        message = "adds recipients to notices and referrals, and no rule sends any"
        yield Finding(rule="", kind="unused role", message=message, key="also_tell")
