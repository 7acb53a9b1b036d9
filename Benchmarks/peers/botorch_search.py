"""BoTorch's qLogNEHVI on the test problems of Sources/Optimization/TestProblems: volume dominated after each trial.

    python botorch_search.py --problems co-design,bnh --trials 60 --seeds 5 --first first.json --output curves.json

What Ax does by default with two objectives and outcome constraints: an independent single-task process for each objective
and each constraint, with BoTorch's default priors, and qLogNEHVI. Two ways to stay on the lattice: `lattice` maximises over
its points (BoTorch's discrete local search), `rounded` relaxes to the cube, rounds, and takes the next best if that point is
known, as Ax did for integer parameters. FIRST.json holds each problem's first points for each seed, `{"bnh": [[[0, 1], ...],
...]}`, as `Benchmarks search-comparison` writes them; without it they are scrambled Sobol points, as Ax takes.

Problems, levels, noise and reference points are those of the Swift files, which a test holds against BoTorch's own.
"""

import argparse
import json
import math
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import botorch
import gpytorch
import torch
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import IdentityMCMultiOutputObjective
from botorch.fit import fit_gpytorch_mll
from botorch.models import ModelListGP, SingleTaskGP
from botorch.models.transforms.outcome import Standardize
from botorch.optim import optimize_acqf, optimize_acqf_discrete_local_search
from botorch.sampling.normal import SobolQMCNormalSampler
from botorch.test_functions.multi_objective import BNH, DTLZ2, OSY, DiscBrake
from botorch.utils.multi_objective.hypervolume import Hypervolume
from botorch.utils.multi_objective.pareto import is_non_dominated
from gpytorch.mlls import ExactMarginalLogLikelihood, SumMarginalLogLikelihood
from torch.quasirandom import SobolEngine


class FromBoTorch:
    """One of BoTorch's problems on a lattice: values to be made small, constraints met where at most 0."""

    noise = 0.0

    def __init__(self, function, sizes, reference):
        self.function, self.sizes, self.reference = function, sizes, reference

    def evaluate(self, point):
        low, high = self.function.bounds.double()
        share = torch.tensor([p / max(s - 1, 1) for p, s in zip(point, self.sizes)], dtype=torch.double)
        x = (low + (high - low) * share).unsqueeze(0)
        values = self.function.evaluate_true(x)[0].tolist()
        slack = self.function.evaluate_slack_true(x)[0].tolist() if hasattr(self.function, "evaluate_slack_true") else []
        return values, [-s for s in slack]


class CoDesign:
    """TestProblem+CoDesign.swift: eight model axes, four accelerator axes, four levels each."""

    sizes, reference, noise = [4] * 12, [-0.2, 1.2], 0.003

    @staticmethod
    def tower(depth, width, heads, hidden):
        fit = 1 - 0.25 * (depth - width) ** 2 - 0.1 * (heads - width) ** 2
        quality = fit * (
            1 - 0.35 * math.exp(-3 * depth) - 0.4 * math.exp(-3.5 * width) - 0.1 * math.exp(-4 * heads)
            - 0.15 * math.exp(-3 * hidden)
        )
        layers, channels = 0.5 + 0.5 * depth, 0.4 + 0.6 * width
        weights = layers * channels * (0.33 * (0.3 + 0.7 * heads) + 0.67 * (0.3 + 0.7 * hidden)) * 2
        return quality, weights * (1 + 0.2 * (0.3 + 0.7 * heads)), weights, channels

    def evaluate(self, point):
        x = [p / 3 for p in point]
        image, text = self.tower(*x[0:4]), self.tower(*x[4:8])
        accuracy = 0.15 + 0.4 * image[0] * (0.45 + 0.55 * text[0])
        work, weights = image[1] + 0.4 * text[1], image[2] + 0.7 * text[2]
        cores, lanes, small, large = (2.0**p for p in point[8:12])
        busy = 1 / (1 + cores * lanes / (24 * (0.4 + image[3])))
        traffic = weights * (1 + 2 / (small * cores)) + max(0, weights - 0.5 * large)
        latency = max(work / (cores * lanes * busy), 0.25 * traffic)
        area = 0.3 + 0.05 * cores * lanes + 0.05 * cores * small + 0.15 * large
        energy = 0.08 * work * (1 + 0.1 / small) + 0.05 * traffic + 0.02 * area * latency
        return [-accuracy, 0.12 * area + 0.35 * energy], [latency - 1.5, area - 4.5]


def problem(name):
    return {
        "dtlz2-2": lambda: FromBoTorch(DTLZ2(dim=6, num_objectives=2), [5] * 6, [1.1, 1.1]),
        "dtlz2-3": lambda: FromBoTorch(DTLZ2(dim=6, num_objectives=3), [5] * 6, [1.1, 1.1, 1.1]),
        "bnh": lambda: FromBoTorch(BNH(), [41, 41], [150.0, 55.0]),
        "osy": lambda: FromBoTorch(OSY(), [11] * 6, [0.0, 80.0]),
        "disc-brake": lambda: FromBoTorch(DiscBrake(), [11, 11, 11, 10], [5.75, 3.5]),
        "co-design": CoDesign,
    }[name]()


def volume(reference, values):
    """Of values to be made small."""
    inside = [v for v in values if all(a < b for a, b in zip(v, reference))]
    if not inside:
        return 0.0
    points = -torch.tensor(inside, dtype=torch.double)
    points = points[is_non_dominated(points)]
    return float(Hypervolume(ref_point=-torch.tensor(reference, dtype=torch.double)).compute(points))


def model_of(places, columns, variances):
    models = []
    for column, variance in zip(columns, variances):
        y = torch.tensor(column, dtype=torch.double).unsqueeze(-1)
        exact = 1e-6 * max(float(y.var()), 1e-12)
        noise = torch.full_like(y, max(variance, exact))
        models.append(SingleTaskGP(places, y, train_Yvar=noise, outcome_transform=Standardize(m=1)))
    model = ModelListGP(*models)
    fit_gpytorch_mll(SumMarginalLogLikelihood(model.likelihood, model))
    return model


def next_point(task, points, told, way):
    sizes = task.sizes
    scale = torch.tensor([max(s - 1, 1) for s in sizes], dtype=torch.double)
    places = torch.tensor(points, dtype=torch.double) / scale
    objectives, limits = len(told[0][0]), len(told[0][1])
    columns = [[-v[0][m] for v in told] for m in range(objectives)] + [[v[1][c] for v in told] for c in range(limits)]
    variances = [task.noise**2] + [0.0] * (objectives + limits - 1)
    model = model_of(places, columns, variances)
    constraints = [lambda z, i=objectives + c: z[..., i] for c in range(limits)] or None
    acquisition = qLogNoisyExpectedHypervolumeImprovement(
        model=model, ref_point=[-r for r in task.reference], X_baseline=places, prune_baseline=True,
        sampler=SobolQMCNormalSampler(torch.Size([64])), constraints=constraints,
        objective=IdentityMCMultiOutputObjective(outcomes=list(range(objectives))),
    )
    known = set(map(tuple, points))
    if way == "lattice":
        choices = [torch.arange(s, dtype=torch.double) / max(s - 1, 1) for s in sizes]
        found, _ = optimize_acqf_discrete_local_search(
            acquisition, discrete_choices=choices, q=1, num_restarts=6, raw_samples=512, X_avoid=places,
            max_batch_size=512,
        )
        return [int(v) for v in (found[0] * scale).round().tolist()]
    cube = torch.stack([torch.zeros(len(sizes)), torch.ones(len(sizes))]).double()
    found, values = optimize_acqf(
        acquisition, bounds=cube, q=1, num_restarts=6, raw_samples=256, return_best_only=False,
        options={"batch_limit": 6, "maxiter": 100},
    )
    for index in values.argsort(descending=True).tolist():
        point = [int(v) for v in (found[index][0] * scale).round().tolist()]
        if tuple(point) not in known:
            return point
    while True:
        point = [int(torch.randint(s, (1,))) for s in sizes]
        if tuple(point) not in known:
            return point


def run(name, trials, seed, first, way):
    torch.manual_seed(seed)
    task = problem(name)
    noise = torch.Generator().manual_seed(10_000 + seed)
    if first is None:
        draws = SobolEngine(len(task.sizes), scramble=True, seed=seed).draw(14).tolist()
        first = [[min(s - 1, int(v * s)) for v, s in zip(draw, task.sizes)] for draw in draws]
    points, told, allowed, curve, seconds = [], [], [], [], []
    while len(points) < trials:
        start = time.perf_counter()
        point = first[len(points)] if len(points) < len(first) else next_point(task, points, told, way)
        seconds.append(time.perf_counter() - start)
        values, limits = task.evaluate(point)
        points.append(point)
        measured = list(values)
        measured[0] += task.noise * float(torch.randn(1, generator=noise))
        told.append((measured, limits))
        if all(c <= 0 for c in limits):
            allowed.append(values)
        curve.append(volume(task.reference, allowed))
    return {"problem": name, "way": way, "seed": seed, "curve": curve, "seconds": seconds, "points": points}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--problems", default="co-design,bnh,disc-brake,dtlz2-2,osy")
    parser.add_argument("--ways", default="lattice")
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--first")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    designs = json.load(open(options.first)) if options.first else {}
    result = {
        "versions": {"botorch": botorch.__version__, "gpytorch": gpytorch.__version__, "torch": torch.__version__},
        "runs": [],
    }
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        for name in options.problems.split(","):
            for way in options.ways.split(","):
                first = designs[name][seed] if name in designs else None
                found = run(name, options.trials, seed, first, way)
                result["runs"].append(found)
                with open(options.output, "w") as file:
                    json.dump(result, file)
                print(name, way, seed, f"{found['curve'][-1]:.4f}", f"{sum(found['seconds']):.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
