import numpy as np

from numerist.neurons.step import step


def test_only_the_value_at_zero_is_a_convention() -> None:
    z = np.array([-1e300, -5e-324, -0.0, 0.0, 5e-324, 1e300])
    assert step(z).tolist() == [0, 0, 0, 0, 1, 1]  # a perceptron's
    assert step(z, at_zero=1).tolist() == [0, 0, 1, 1, 1, 1]  # the textbooks'
    assert step(z, at_zero=0.5).tolist() == [0, 0, 0.5, 0.5, 1, 1]
