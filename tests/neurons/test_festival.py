import pytest

from numerist.neurons.festival import festival, festival_table


@pytest.mark.parametrize("weather", [0, 1])
@pytest.mark.parametrize("partner", [0, 1])
@pytest.mark.parametrize("transport", [0, 1])
def test_the_chapter_in_words(weather: int, partner: int, transport: int) -> None:
    x = [weather, partner, transport]
    row = 4 * weather + 2 * partner + transport
    assert festival(5)(x) == festival_table(5).outputs["go"][row] == weather
    willing = int(weather or (partner and transport))
    assert festival(3)(x) == festival_table(3).outputs["go"][row] == willing


def test_other_thresholds() -> None:
    assert festival_table(10).outputs["go"].sum() == 0  # equal is not above
    assert festival_table(-1).outputs["go"].sum() == 8
