"""Seven gases against CoolProp 8.0.0: density mol/m3, cv J/(mol K), sound m/s; viscosity Pa s, conduction W/(m K).

Made with CoolProp.CoolProp.PropsSI("Dmolar" | "CVMOLAR" | "A" | "V" | "L", "P", p, "T", T, gas), not with this code.
"""

import math

import pytest

from hullwatch.physics.orifice import critical_flow_function
from hullwatch.physics.real_gas import gas_density, gas_number, gas_state, orifice_terms, real_critical_flow_function
from hullwatch.physics.transport import conductivity, viscosity

# fmt: off
COOLPROP = [
    ("air", 100000, 295.15, 40.763701, 20.78991, 344.50857, 1.83027e-05, 0.0260229),
    ("air", 2000000, 250.00, 979.42121, 20.968283, 317.78147, 1.63897e-05, 0.0234209),
    ("air", 15000000, 290.00, 6233.197, 21.768033, 382.7238, 2.18198e-05, 0.0339271),
    ("air", 6000000, 220.00, 3586.5871, 21.739545, 299.20848, 1.61713e-05, 0.0244253),
    ("N2", 100000, 295.15, 40.758378, 20.816664, 350.29201, 1.76657e-05, 0.0256175),
    ("N2", 2000000, 250.00, 976.38385, 21.017596, 323.89525, 1.58574e-05, 0.0231816),
    ("N2", 15000000, 290.00, 6111.2976, 21.73406, 395.03164, 2.12532e-05, 0.0339411),
    ("N2", 6000000, 220.00, 3537.0254, 21.713187, 307.47202, 1.57595e-05, 0.0244543),
    ("O2", 100000, 295.15, 40.777543, 21.055365, 327.08961, 2.03836e-05, 0.0261033),
    ("O2", 2000000, 250.00, 988.88382, 21.145748, 299.60178, 1.82479e-05, 0.0235322),
    ("O2", 15000000, 290.00, 6676.6209, 22.132213, 345.56579, 2.46286e-05, 0.0343194),
    ("O2", 6000000, 220.00, 3768.3987, 22.074001, 273.95265, 1.78195e-05, 0.024547),
    ("H2", 100000, 295.15, 40.725487, 20.499131, 1308.9543, 8.83824e-06, 0.184359),
    ("H2", 2000000, 250.00, 949.90006, 20.048154, 1226.1403, 7.90003e-06, 0.16404),
    ("H2", 15000000, 290.00, 5690.7161, 20.710482, 1429.078, 8.96846e-06, 0.194307),
    ("H2", 6000000, 220.00, 3148.518, 19.599905, 1195.4441, 7.32531e-06, 0.152192),
    ("He", 100000, 295.15, 40.729907, 12.472686, 1011.3134, 1.97089e-05, 0.154226),
    ("He", 2000000, 250.00, 951.19145, 12.495402, 940.38122, 1.77033e-05, 0.13897),
    ("He", 15000000, 290.00, 5799.81, 12.618927, 1068.4328, 1.99975e-05, 0.161543),
    ("He", 6000000, 220.00, 3155.4743, 12.552158, 905.10833, 1.65159e-05, 0.130428),
    ("Ar", 100000, 295.15, 40.776155, 12.479424, 320.04681, 2.24335e-05, 0.0175957),
    ("Ar", 2000000, 250.00, 987.95345, 12.718163, 294.65585, 1.99364e-05, 0.0160844),
    ("Ar", 15000000, 290.00, 6646.584, 13.510594, 347.53178, 2.75384e-05, 0.0250476),
    ("Ar", 6000000, 220.00, 3743.5072, 13.609819, 275.11023, 1.98251e-05, 0.0174818),
    ("CH4", 100000, 295.15, 40.822601, 27.300576, 446.40461, 1.11007e-05, 0.0337217),
    ("CH4", 2000000, 250.00, 1028.2831, 26.55153, 401.06955, 9.92555e-06, 0.0295101),
    ("CH4", 15000000, 290.00, 7822.2404, 29.398358, 467.96635, 1.63647e-05, 0.0535762),
    ("CH4", 6000000, 220.00, 4983.9987, 29.411502, 333.57867, 1.12293e-05, 0.0372011),
]
# fmt: on


@pytest.mark.parametrize(("gas", "p", "t", "density", "cv", "sound", "mu", "k"), COOLPROP)
def test_state(gas, p, t, density, cv, sound, mu, k):
    here = gas_density(gas_number(gas), p, t)
    _, c, _, sound2, _, _ = gas_state(gas_number(gas), here, t)
    assert here == pytest.approx(density, rel=1e-5)
    assert c == pytest.approx(cv, rel=2e-5)
    assert math.sqrt(sound2) == pytest.approx(sound, rel=1e-5)


@pytest.mark.parametrize(
    ("gas", "p", "t", "density", "cv", "sound", "mu", "k"), [r for r in COOLPROP if r[1] == 100000]
)
def test_transport_of_dilute_gases(gas, p, t, density, cv, sound, mu, k):
    assert viscosity(gas_number(gas), t) == pytest.approx(mu, rel=0.045)
    assert conductivity(gas_number(gas), t, cv) == pytest.approx(k, rel=0.05)


@pytest.mark.parametrize(
    ("gas", "p", "t", "off"), [("N2", 2e6, 293.15, 0.003), ("N2", 1.5e7, 288.0, 0.022), ("H2", 1.38e7, 299.0, 0.006)]
)
def test_flow_with_the_exponent_at_rest(gas, p, t, off):
    # how far the ideal law with the exponent at rest is from the real expansion: why models/vessel.py has a factor
    number = gas_number(gas)
    _, zt, n = orifice_terms(number, gas_density(number, p, t), t)
    simple = critical_flow_function(n) * math.sqrt(t / zt)
    assert simple / real_critical_flow_function(number, p, t) - 1.0 == pytest.approx(off, abs=0.1 * off + 0.001)
