#!/usr/bin/env python3
"""Writes Tests/Golden/statistics.json: the values of SciPy, statsmodels and scikit-learn for the cases in the tests.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install scipy statsmodels scikit-learn
    /tmp/golden/bin/python scripts/golden-statistics.py
"""
import json
import pathlib
import random

import numpy
import scipy
import sklearn
import statsmodels
from scipy import optimize, stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep, power_proportions_2indep, proportion_confint, proportions_ztest)


def proportions():
    for k, n in [(0, 1), (1, 1), (0, 5), (5, 5), (1, 2), (3, 7), (442, 600), (496, 600), (370, 600), (1, 1000),
                 (999, 1000), (59300, 100000)]:
        yield {"id": f"{k}/{n}", "k": k, "n": n,
               "wilson": proportion_confint(k, n, method="wilson"),
               "wilson99": proportion_confint(k, n, alpha=0.01, method="wilson"),
               "clopperPearson": proportion_confint(k, n, method="beta")}


def mcnemars():
    for b, c in [(0, 0), (1, 0), (0, 1), (5, 5), (0, 5), (0, 6), (12, 30), (31, 85), (250, 251), (2, 900)]:
        yield {"id": f"{b}:{c}", "b": b, "c": c,
               "p": 1.0 if b + c == 0 else mcnemar([[7, b], [c, 3]], exact=True).pvalue}


def two_proportions():
    for a, m, b, n in [(442, 600, 370, 600), (496, 600, 442, 600), (1, 1, 0, 1), (5, 5, 5, 5), (0, 9, 0, 4),
                       (17, 24, 300, 600), (56, 70, 48, 80), (9, 10, 3, 10), (10, 10, 0, 20)]:
        low, high = confint_proportions_2indep(a, m, b, n, method="newcomb", compare="diff")
        with numpy.errstate(all="ignore"):
            p = proportions_ztest([a, b], [m, n])[1]
        yield {"id": f"{a}/{m} {b}/{n}", "a": a, "m": m, "b": b, "n": n, "interval": [low, high],
               "p": 1.0 if numpy.isnan(p) else p}


def detectables():
    for accuracy, first, second in [(0.75, 600, 600), (0.9, 60, 60), (0.3, 100, 400)]:
        sign = -1 if accuracy > 0.5 else 1

        def shortfall(difference):
            return power_proportions_2indep(sign * difference, accuracy, first, ratio=second / first).power - 0.8
        yield {"id": f"{accuracy} {first} {second}", "accuracy": accuracy, "first": first, "second": second,
               "difference": optimize.brentq(shortfall, 1e-4, 0.6 if sign > 0 else accuracy * 0.99)}


def paired_detectables():
    """The difference at which McNemar's exact test has a power of 0.8, by the definition."""
    for n, disagreement in [(5, 0.5), (6, 0.5), (30, 0.5), (60, 0.0), (60, 0.1), (60, 0.37), (240, 0.2), (600, 0.1),
                            (600, 0.2)]:
        def power(difference):
            share = max(disagreement, difference)
            first, total = min(1, (share + difference) / (2 * share)), 0
            for count in range(n + 1):
                b = numpy.arange(count + 1)
                p = numpy.minimum(1, 2 * stats.binom.cdf(numpy.minimum(b, count - b), count, 0.5))
                total += stats.binom.pmf(count, n, share) * stats.binom.pmf(b, count, first)[p < 0.05].sum()
            return total
        yield {"id": f"{n} {disagreement}", "n": n, "disagreement": disagreement,
               "difference": None if power(1) < 0.8 else optimize.brentq(lambda d: power(d) - 0.8, 1e-6, 1, xtol=1e-7)}


def holms():
    for values in [[], [0.2], [0.01, 0.04, 0.03], [0.5, 0.5, 0.5], [0.001, 0.02, 0.02, 0.9], [0.9, 0.8, 0.0001]]:
        yield {"id": str(values), "p": values,
               "adjusted": list(multipletests(values, method="holm")[1]) if values else []}


def means():
    generator = numpy.random.default_rng(7)
    cases = {
        "two": ([1.0, 2.0], [1.5, 4.0]),
        "small": ([5.1, 4.9, 6.2, 5.8], [6.1, 6.8, 7.4, 5.9]),
        "latencies": (list(generator.lognormal(7.3, 0.2, 80).round(3)),
                      list(generator.lognormal(7.4, 0.3, 80).round(3))),
    }
    for name, (a, b) in cases.items():
        yield {"id": name, "a": a, "b": b,
               "paired": stats.ttest_rel(a, b).pvalue, "welch": stats.ttest_ind(a, b, equal_var=False).pvalue,
               "percentiles": {str(p): float(numpy.percentile(a, p)) for p in [0, 1, 50, 90, 95, 99, 100]},
               "mean": float(numpy.mean(a)), "std0": float(numpy.std(a)), "std1": float(numpy.std(a, ddof=1))}
    yield {"id": "unequal", "a": [1.0, 2.0, 4.0], "b": [3.0, 3.5, 9.0, 11.0, 12.5], "paired": None,
           "welch": stats.ttest_ind([1.0, 2.0, 4.0], [3.0, 3.5, 9.0, 11.0, 12.5], equal_var=False).pvalue,
           "percentiles": {"50": 2.0, "90": float(numpy.percentile([1.0, 2.0, 4.0], 90))},
           "mean": 7 / 3, "std0": float(numpy.std([1.0, 2.0, 4.0])), "std1": float(numpy.std([1.0, 2.0, 4.0], ddof=1))}


def bootstraps():
    generator = numpy.random.default_rng(11)
    a = (generator.random(600) < 0.8267).astype(float)
    b = numpy.where(generator.random(600) < 0.8, a, (generator.random(600) < 0.6).astype(float))
    slow, fast = generator.lognormal(7.41, 0.19, 300).round(3), generator.lognormal(7.3, 0.15, 300).round(3)
    for name, x, y, paired in [("accuracy", a, b, True), ("latency", fast, slow, False)]:
        def difference(x, y, axis=-1):
            return numpy.mean(x, axis=axis) - numpy.mean(y, axis=axis)

        def relative(x, y, axis=-1):
            return numpy.mean(x, axis=axis) / numpy.mean(y, axis=axis) - 1

        def interval(statistic):
            result = stats.bootstrap((x, y), statistic, paired=paired, method="percentile", n_resamples=50000,
                                     batch=1000, random_state=3).confidence_interval
            return [result.low, result.high]
        yield {"id": name, "a": list(x), "b": list(y), "paired": paired,
               "difference": interval(difference), "relative": interval(relative)}


def drawn_statistics():
    """Percentile intervals of numbers that are no means: a percentile of latencies, and means over labels."""
    generator = numpy.random.default_rng(13)
    latencies = generator.lognormal(7.3, 0.2, 300).round(3)
    for percent in [50, 95]:
        result = stats.bootstrap(
            (latencies,), lambda x, axis=-1: numpy.percentile(x, percent, axis=axis), method="percentile",
            n_resamples=20000, batch=1000, random_state=3).confidence_interval
        yield {"id": f"p{percent}", "values": list(latencies), "percent": percent,
               "interval": [result.low, result.high]}
    truth = generator.choice(list("ABCD"), 200, p=[0.4, 0.3, 0.2, 0.1])
    answers = numpy.where(generator.random(200) < 0.7, truth, generator.choice(list("ABCD"), 200))
    drawn = generator.integers(0, 200, (4000, 200))
    for name, measure in [("balanced accuracy", lambda t, a: metrics.balanced_accuracy_score(t, a)),
                          ("macro F1", lambda t, a: metrics.f1_score(t, a, average="macro", zero_division=0))]:
        values = [measure(truth[places], answers[places]) for places in drawn]
        yield {"id": name, "truth": list(truth), "answers": list(answers),
               "interval": list(numpy.percentile(values, [2.5, 97.5]))}


def classifications():
    draw = random.Random(5)
    labels = ["Akita", "Beagle", "Collie", "Dingo"]
    cases = {
        "all right": (labels * 3, labels * 3),
        "all wrong": (labels * 2, (labels[1:] + labels[:1]) * 2),
        "one": (["Beagle"], ["Beagle"]),
        "never named": (["Akita", "Beagle", "Collie", "Dingo"], ["Akita", "Akita", "Collie", "Collie"]),
        "uneven": ([labels[min(3, int(draw.expovariate(0.9)))] for _ in range(90)], None),
    }
    for name, (truth, answers) in cases.items():
        answers = answers or [t if draw.random() < 0.6 else draw.choice(labels) for t in truth]
        present = [l for l in labels if l in truth or l in answers]
        report = metrics.classification_report(truth, answers, labels=present, output_dict=True, zero_division=0)
        yield {"id": name, "labels": labels, "truth": truth, "answers": answers,
               "accuracy": metrics.accuracy_score(truth, answers),
               "balanced": metrics.recall_score(truth, answers, labels=sorted(set(truth)), average="macro"),
               "macro": report["macro avg"], "weighted": report["weighted avg"],
               "perLabel": {label: report[label] for label in present},
               "confusion": metrics.confusion_matrix(truth, answers, labels=labels).tolist()}


def quantiles():
    for p in [1e-300, 1e-10, 0.001, 0.02425, 0.025, 0.3, 0.5, 0.6, 0.975, 0.995, 1 - 1e-12]:
        yield {"id": str(p), "p": p, "z": stats.norm.ppf(p)}


def betas():
    for x, a, b in [(0.5, 1, 1), (0.1, 2, 3), (0.9, 2, 3), (0.7367, 443, 159), (0.001, 0.5, 0.5), (0.999, 300, 0.5),
                    (0.5, 5000, 5001), (1e-6, 1, 1000)]:
        yield {"id": f"{x} {a} {b}", "x": x, "a": a, "b": b, "cdf": stats.beta.cdf(x, a, b)}


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (numpy.floating, numpy.integer)):
        return value.item()
    return value


golden = {
    "made with": {m.__name__: m.__version__ for m in (numpy, scipy, statsmodels, sklearn)},
    "proportions": list(proportions()), "mcnemar": list(mcnemars()), "twoProportions": list(two_proportions()),
    "detectables": list(detectables()), "pairedDetectables": list(paired_detectables()), "holm": list(holms()), "means": list(means()), "bootstraps": list(bootstraps()),
    "drawnStatistics": list(drawn_statistics()), "classifications": list(classifications()), "normalQuantiles": list(quantiles()), "betas": list(betas()),
}
path = pathlib.Path(__file__).parent.parent / "Tests/Golden/statistics.json"
path.write_text(json.dumps(plain(golden), indent=1) + "\n")
