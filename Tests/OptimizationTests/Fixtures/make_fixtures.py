"""Writes goldens.json beside this file: what the tests of Optimization are held against. Versions in README.md."""

import json
import os

import numpy as np
import torch
from botorch.test_functions.multi_objective import BNH, DTLZ2, OSY, DiscBrake
from botorch.utils.multi_objective.hypervolume import Hypervolume
from scipy.stats import norm, qmc
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

rng = np.random.default_rng(7)


def process():
    """Posterior of scikit-learn's process with fixed hyper-parameters on outputs of mean 0 and variance 1."""
    inputs = rng.random((12, 3))
    outputs = np.sin(3 * inputs[:, 0]) + inputs[:, 1] ** 2 - 0.5 * inputs[:, 2] + 0.1 * rng.standard_normal(12)
    noise = 0.05 + 0.1 * rng.random(12)
    lengths, signal = [0.4, 0.8, 1.7], 1.3
    scale = outputs.std()
    standard = (outputs - outputs.mean()) / scale
    kernel = ConstantKernel(signal) * Matern(lengths, nu=2.5) + ConstantKernel(1.0)
    model = GaussianProcessRegressor(kernel, alpha=(noise / scale) ** 2 + 0.01 + 1e-6, optimizer=None)
    model.fit(inputs, standard)
    places = rng.random((5, 3))
    mean, covariance = model.predict(places, return_cov=True)
    return {
        "inputs": inputs.tolist(), "outputs": outputs.tolist(), "noise": noise.tolist(), "lengthscales": lengths,
        "signalVariance": signal, "noiseVariance": 0.01, "places": places.tolist(),
        "means": (outputs.mean() + scale * mean).tolist(), "covariance": (scale**2 * covariance).tolist(),
        "logMarginalLikelihood": float(model.log_marginal_likelihood_value_),
    }


def problem(function, sizes, points):
    """Values to be made small, and violations at most 0, of BoTorch's problem on a lattice."""
    low, high = function.bounds.double()
    rows = []
    for point in points:
        share = torch.tensor([p / (s - 1) for p, s in zip(point, sizes)], dtype=torch.double)
        x = (low + (high - low) * share).unsqueeze(0)
        values = function.evaluate_true(x)[0].tolist()
        violations = []
        if hasattr(function, "evaluate_slack_true"):
            violations = (-function.evaluate_slack_true(x)[0]).tolist()
        rows.append({"point": point, "values": values, "violations": violations})
    return rows


def problems():
    out = {}
    for name, function, sizes in [
        ("dtlz2-2", DTLZ2(dim=6, num_objectives=2), [5] * 6),
        ("dtlz2-3", DTLZ2(dim=6, num_objectives=3), [5] * 6),
        ("bnh", BNH(), [41, 41]),
        ("osy", OSY(), [11] * 6),
        ("disc-brake", DiscBrake(), [11, 11, 11, 10]),
    ]:
        points = [[int(rng.integers(s)) for s in sizes] for _ in range(6)] + [[0] * len(sizes), [s - 1 for s in sizes]]
        out[name] = problem(function, sizes, points)
    return out


def volumes():
    out = []
    for objectives in [2, 3, 4]:
        points = rng.random((12, objectives))
        reference = [0.9] * objectives
        measure = Hypervolume(ref_point=-torch.tensor(reference, dtype=torch.double))
        value = measure.compute(-torch.tensor(points, dtype=torch.double))
        out.append({"points": points.tolist(), "reference": reference, "volume": float(value)})
    return out


golden = {
    "process": process(),
    "problems": problems(),
    "volumes": volumes(),
    "sobol": qmc.Sobol(64, scramble=False).random(32).tolist(),
    "quantiles": [[p, float(norm.ppf(p))] for p in [1e-200, 1e-20, 1e-6, 0.01, 0.3, 0.5, 0.77, 0.999, 1 - 1e-12]],
    "logExpectedExcess": [[x, float(np.log(x * norm.cdf(x) + norm.pdf(x)))] for x in [-5.5, -3, -1, 0, 0.5, 3, 9]],
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "goldens.json"), "w") as file:
    json.dump(golden, file, indent=0)
