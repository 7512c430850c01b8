"""The laws of any ship: gas, orifice, blowdown. Scalar kernels, SI, no facts of a ship."""
