// Variants, sweeps and repeats: one plan, shared steps run once, and their output.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct VariantTests {
    @Test func aFailedVariantBlocksNoOtherAndSharedStepsRunOnce() throws {
        let project = try TestProject()
        try project.write("bad.safetensors", "not weights")
        try project.write(
            "small.yaml",
            SmallExperiment.spec + """

                variants:
                  three-epochs: { models.tuned.fine_tune.hyperparameters.n_epochs: 3 }
                  broken: { models.cnn.train.weights: { file: bad.safetensors } }
                sweep:
                  models.tuned.fine_tune.hyperparameters.learning_rate_multiplier: [0.2, 1]
                  models.cnn.train.seed: [1, 2]

                """)
        let run = try project.assay("run", "small.yaml", "--variant", "all", "--sweep", "--json")
        #expect(run.status == 1, "\(run.errors)")
        #expect(run.steps("failed") == ["train-epoch:cnn:1@broken"])
        let requests = try project.requests(account: "small")
        #expect(requests["batches.create"] == 1, "every variant asks the base model the same")
        #expect(requests["fine_tuning.jobs.create"] == 4, "as it stands, three epochs, two learning rates")
        #expect(requests["files.create"] == 3)
        #expect(requests["deployments.put"] == requests["deployments.delete"])

        let compared = try project.assay("compare", "--format", "json")
        #expect(compared.status == 0, "\(compared.errors)")
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(compared.output.utf8)) as? [String: Any])
        let ranking = try #require(document["ranking"] as? [[String: Any]])
        let variants = Set(ranking.flatMap { $0["variants"] as? [String] ?? [] })
        #expect(variants.count == 7 && variants.contains("broken"), "its other models have results")
        #expect(ranking.first?["tied_with_best"] as? Bool == true)
        #expect(ranking.allSatisfy { ($0["accuracy_interval"] as? [Double])?.count == 2 })
    }

    @Test(arguments: [
        ("zip", "{ zip: { models.cnn.train.seed: [1, 2], models.cnn.train.epochs: [1, 2] } }", 2),
        ("list", "{ list: [{ models.cnn.train.seed: 1 }, { models.cnn.train.epochs: 1 }, { name: again }] }", 3),
    ])
    func sweeps(id: String, sweep: String, points: Int) throws {
        let project = try TestProject()
        try project.write("small.yaml", SmallExperiment.spec + "\nsweep: \(sweep)\n")
        let plan = try project.assay("plan", "small.yaml", "--sweep", "--json")
        #expect(plan.status == 0, "\(plan.errors)")
        let document = try #require(try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any])
        let steps = try #require(document["steps"] as? [[String: Any]])
        #expect(Set(steps.flatMap { $0["variants"] as? [String] ?? [] }).count == points)
    }

    @Test func repeatsAskAndTrainAgain() throws {
        let project = try TestProject()
        let spec =
            SmallExperiment.spec.replacingOccurrences(
                of: "accuracy: { split", with: "accuracy: { repeats: 3, split") + """

                claims:
                  - { metric: evaluations.accuracy.cnn.accuracy, published: 0.9, within: noise }
                  - { metric: training.cnn.seconds, at_most: 1800 }

                """
        try project.write("small.yaml", spec)
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let requests = try project.requests(account: "small")
        #expect(requests["batches.create"] == 3)
        #expect(requests["fine_tuning.jobs.create"] == 1, "a fine-tuned model is asked again, not made again")
        #expect(run.steps("ran").contains("train-epoch:cnn#3:2"), "a network is trained again from another seed")

        let report = try project.assay("report", "--format", "json")
        let document = try #require(try JSONSerialization.jsonObject(with: Data(report.output.utf8)) as? [String: Any])
        let variant = try #require((document["variants"] as? [String: Any])?["default"] as? [String: Any])
        let accuracy = try #require((variant["evaluations"] as? [String: Any])?["accuracy"] as? [String: Any])
        for model in ["base", "tuned", "cnn"] {
            let repeats = try #require((accuracy[model] as? [String: Any])?["repeats"] as? [String: Any])
            #expect(repeats["count"] as? Int == 3 && repeats["repeatability_limit"] is Double)
        }
        let claims = try #require(variant["claims"] as? [[String: Any]])
        #expect(claims.map { $0["verdict"] as? String }.last == "reproduced")
        #expect(claims.last?["published"] is NSNull, "a bound has no published number, not 0")
    }

    @Test func reportsInEveryForm() throws {
        let project = try TestProject()
        try project.write("small.yaml", SmallExperiment.spec)
        let first = try project.assay("run", "small.yaml", "--json")
        #expect(first.status == 0, "\(first.errors)")
        let second = try project.assay(
            "run", "small.yaml", "--set", "models.tuned.fine_tune.hyperparameters.n_epochs=3", "--json")
        for (form, mark) in [
            ("md", "# small"), ("csv", "variant,evaluation,model"), ("predictions", "variant,evaluation,example"),
            ("json", "\"variants\""), ("text", "accuracy"),
            ("html", "report.html"),
        ] {
            let report = try project.assay("report", "--format", form)
            #expect(report.status == 0 && report.output.contains(mark), "\(form)")
        }
        let opened = try project.assay("report", "--open", environment: ["BROWSER": "/bin/true"])
        #expect(opened.status == 0 && opened.output.hasSuffix("report.html\n"), "\(opened.errors)")
        let ids = try [first, second].map { try #require($0.end["run"] as? String) }
        let compared = try project.assay("compare", ids[0], ids[1])
        #expect(compared.output.contains("+ models.tuned.fine_tune.hyperparameters.n_epochs: 3"))
        #expect(try project.assay("compare", "no-such-run").status == 2)
    }
}
