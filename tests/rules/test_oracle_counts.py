"""Totals, rolling counts, patterns and percentages, in every shape, against the oracle."""

import pytest

from tests.rules.shapes import SHAPES, differences


@pytest.mark.parametrize("shape", ["counted", "levels", "seldom, counted", "seldom, levels"])
def test_every_shape_fires_on_exactly_the_days_the_oracle_says(shape):
    found, unheard = differences(shape, 6)

    assert found == []
    # Most rules have something to say of half a dozen pupils: silence on both sides would prove nothing.
    assert len(unheard) <= len(SHAPES[shape]) // 4
