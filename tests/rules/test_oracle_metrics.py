"""Runs, moments, reviews and what stands between a metric and a firing, in every shape, against the oracle."""

import pytest

from tests.rules.shapes import SHAPES, differences


@pytest.mark.parametrize("shape", ["running", "moments", "reviews", "seldom, running", "seldom, moments", "seldom, reviews", "gated"])  # fmt: skip
def test_every_shape_fires_on_exactly_the_days_the_oracle_says(shape):
    found, unheard = differences(shape, 12)

    assert found == []
    # Most rules have something to say of a dozen pupils: silence on both sides would prove nothing.
    assert len(unheard) <= len(SHAPES[shape]) // 8
