"""How much water vapour air can hold."""

import math

from hullwatch.compiled import kernel


@kernel
def saturation_pressure(temperature_k: float) -> float:
    """Pressure of water vapour in balance with liquid water, below 0 C with supercooled water.

    Parameters: temperature_k K, above 30.11. Returns: Pa. Raises: nothing.
    Holds for: 233 to 323 K within 0.4 %; the enhancement by air (0.4 % at 1 bar) is left out.
    Source: Alduchov and Eskridge 1996, eq. 21; tests/physics/test_humidity.py against IAPWS.
    """
    t = temperature_k - 273.15
    return 610.94 * math.exp(17.625 * t / (t + 243.04))
