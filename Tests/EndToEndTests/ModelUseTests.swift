// Models after the experiment: predictions for other images, lists, exported networks, probes.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct ModelUseTests {
    private static let program = """
        from assay_trainer import Answer, EpochRequest, FeaturesRequest, PredictRequest, Trainer
        from pathlib import Path

        trainer = Trainer()

        @trainer.epoch
        def train(request: EpochRequest):
            (request.checkpoint_out / "labels.txt").write_text("\\n".join(request.labels))
            return {"train_loss": 1.0 / request.epoch}

        @trainer.predict
        def predict(request: PredictRequest):
            labels = (request.checkpoint_in / "labels.txt").read_text().splitlines()
            for index, path in enumerate(request.images):
                scores = {label: 1.0 / (place + 1) for place, label in enumerate(labels)}
                yield Answer(path, labels[index % len(labels)], scores=scores)

        @trainer.features
        def features(request: FeaturesRequest):
            for path in request.images:
                data = Path(path).read_bytes()
                yield [len(data), data[40], sum(data) % 251]

        if __name__ == "__main__":
            trainer.main()
        """

    private func project() throws -> TestProject {
        let project = try TestProject()
        let helper = TestProject.root + "/experiments/trainers/assay_trainer.py"
        try FileManager.default.copyItem(atPath: helper, toPath: project.folder + "/assay_trainer.py")
        try project.write("train.py", ModelUseTests.program)
        try project.pictures("photos", perLabel: 6)
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: used
            dataset: { folder: photos }
            splits: { main: { train: 3, validation: 1, test: 2, order: name } }
            providers: { azure: { kind: azure-openai, endpoint: "https://example.openai.azure.com", api_key: "${AZURE_OPENAI_API_KEY}" } }
            models:
              hosted: { provider: azure, model: gpt-4o-2024-08-06, deployment: mine }
              cnn:
                train:
                  architecture: small_cnn
                  data: { split: main }
                  epochs: 2
                  batch_size: 4
                  augment: [{ resize: 32 }, { center_crop: 32 }]
                  evaluate: [{ resize: 32 }, { center_crop: 32 }]
              outer:
                train: { program: [python3, train.py], inputs: [train.py, assay_trainer.py], data: { split: main }, epochs: 2 }
              probed:
                probe:
                  backbone: { architecture: small_cnn, evaluate: [{ resize: 32 }, { center_crop: 32 }] }
                  head: { logistic: { c: [0.01, 1] } }
                  data: { split: main }
              nearest:
                probe:
                  backbone: { program: [python3, train.py], inputs: [train.py, assay_trainer.py] }
                  head: { knn: { k: [1, 3] } }
                  data: { split: main }
            evaluations: { accuracy: { split: main.test, models: { cnn: {}, outer: {}, probed: {}, nearest: {} } } }
            """)
        return project
    }

    private func json(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// Guards: a training program of a task with questions predicted other images without their questions.
    @Test func aTaskWithQuestionsNeedsThem() throws {
        let project = try TestProject()
        let helper = TestProject.root + "/experiments/trainers/assay_trainer.py"
        try FileManager.default.copyItem(atPath: helper, toPath: project.folder + "/assay_trainer.py")
        try project.write(
            "train.py",
            """
            from assay_trainer import Answer, Trainer

            trainer = Trainer()

            @trainer.epoch
            def train(request):
                (request.checkpoint_out / "model").write_text("x")
                return {"train_loss": 1.0}

            @trainer.predict
            def predict(request):
                for item in request.items:
                    yield Answer(item.path, "about " + item.variables["question"], id=item.id)

            if __name__ == "__main__":
                trainer.main()
            """)
        try project.pictures("photos", perLabel: 2)
        let paths = ["red/0.png", "red/1.png", "blue/0.png", "blue/1.png"].map { "photos/\($0)" }
        try project.write("items.csv", "path,question,answer\n" + paths.map { "\($0),What colour?,red\n" }.joined())
        try project.write(
            "new.jsonl",
            paths.prefix(1).map { #"{"image": "\#($0)", "question": "How many?"}"# }.joined() + "\n"
                + #"{"image": "\#(paths[0])", "question": "What shape?"}"# + "\n" + #"{"image": "\#(paths[1])", "question": ""}"#)
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: asked
            task: answer
            dataset: { table: items.csv }
            splits: { main: { train: 2, validation: 0, test: 2 } }
            models:
              outer:
                train: { program: [python3, train.py], inputs: [train.py, assay_trainer.py], data: { split: main }, epochs: 1 }
            evaluations: { all: { split: main.test, models: { outer: {} } } }
            """)
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let made = try project.assay("predict", "spec.yaml", "outer", paths[2], "new.jsonl", "--json")
        #expect(made.status == 1, "\(made.errors)")
        let document = try json(made.output)
        let images = try #require(document["images"] as? [[String: Any]])
        #expect(images.compactMap { $0["path"] as? String } == [paths[0], paths[0]])
        #expect(images.compactMap { $0["answer"] as? String } == ["about How many?", "about What shape?"])
        let unread = try #require(document["not_predicted"] as? [[String: String]])
        #expect(unread.compactMap { $0["path"] } == [paths[2], paths[1]])
        #expect(unread.allSatisfy { $0["reason"]?.contains("columns path, question") == true }, "\(unread)")
    }

    /// The usual values of k need more images than a small experiment has; the error names k and the key.
    @Test func aProbeNeedsAsManyImagesAsNeighbours() throws {
        let project = try project()
        let run = try project.assay("run", "spec.yaml", "--json", "--set", "models.nearest.probe.head.knn.k=[1, 100]")
        #expect(run.status == 1)
        #expect(run.output.contains("knn with k = 100 needs 100 training images; the train part has 9"), "\(run.output)")
    }

    /// One project for all uses, because training takes the most time.
    @Test func trainedModelsCanBeUsed() throws {
        let project = try project()

        // Nothing is trained yet, and listing the models creates no state.
        try FileManager.default.removeItem(atPath: project.folder + "/.assay")
        let untrained = try project.assay("models", "list", "spec.yaml")
        #expect(untrained.status == 0, "\(untrained.errors)")
        #expect(untrained.output.contains("hosted  (hosted)") && untrained.output.contains("cnn  (network)\n  not trained yet"))
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/.assay"))
        let early = try project.assay("predict", "spec.yaml", "cnn", "photos/red/0.png")
        #expect(early.status == 2)
        #expect(early.errors.contains("no model has been trained yet"), "\(early.errors)")
        #expect(early.errors.contains("assay run spec.yaml"))

        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)")
        // A trainer that reports no validation accuracy: the best epoch is unknown, and the report states this.
        let results = try #require(run.end["report"] as? String)
        let report = try String(contentsOfFile: results.replacing("report.html", with: "results.json"), encoding: .utf8)
        #expect(report.contains("outer: no epoch has a validation accuracy"), "\(report.suffix(2000))")

        // Every model predicts files, a folder and a table; what cannot be predicted is listed.
        try FileManager.default.createDirectory(atPath: project.folder + "/new/deep", withIntermediateDirectories: true)
        try project.picture("new/a b.png", seed: 1)
        try project.picture("new/deep/c.png", seed: 2)
        // A dataset reads images without an extension too.
        try FileManager.default.copyItem(
            atPath: project.folder + "/new/a b.png", toPath: project.folder + "/new/deep/IMG.0001")
        try project.write("new/broken.jpg", "not a picture")
        try project.write("new/notes.txt", "text")
        try project.write("list.csv", "path,other\nphotos/red/1.png,1\nmissing.png,2\n")
        for model in ["cnn", "outer", "probed", "nearest"] {
            let made = try project.assay(
                "predict", "spec.yaml", model, "photos/blue/0.png", "new", "list.csv", "nowhere.png", "--json", "--top-k", "2")
            #expect(made.status == 1, "\(model): \(made.errors)")
            let document = try json(made.output)
            let images = try #require(document["images"] as? [[String: Any]])
            #expect(
                images.compactMap { $0["path"] as? String } == [
                    "photos/blue/0.png", "new/a b.png", "new/deep/IMG.0001", "new/deep/c.png", "photos/red/1.png",
                ],
                "\(model)")
            for image in images {
                let top = try #require(image["top"] as? [[String: Any]])
                #expect(top.count == 2, "\(model)")
                #expect(["blue", "green", "red"].contains(image["answer"] as? String ?? ""))
                let scores = top.compactMap { $0["score"] as? Double }
                #expect(scores == scores.sorted(by: >))
            }
            let unread = try #require(document["not_predicted"] as? [[String: String]])
            #expect(
                Set(unread.compactMap { $0["path"] }) == ["new/broken.jpg", "new/notes.txt", "missing.png", "nowhere.png"],
                "\(model)")
            #expect(unread.allSatisfy { !($0["reason"] ?? "").isEmpty })
        }
        let table = try project.assay("predict", "spec.yaml", "cnn", "photos/blue/0.png")
        #expect(table.status == 0 && table.output.hasPrefix("photos/blue/0.png  "), "\(table.output)")

        // The same image gets the answer that the experiment gave it.
        let rows = try project.predictionRows(run).filter { $0["model"] == "cnn" }
        #expect(!rows.isEmpty)
        for row in rows {
            let path = try #require(row["example"] ?? row["path"] ?? row["image"])
            let again = try project.assay("predict", "spec.yaml", "cnn", "photos/" + path, "--json")
            let images = try #require(try json(again.output)["images"] as? [[String: Any]])
            #expect(images.first?["answer"] as? String == row["answer"] ?? row["predicted"], "\(path)")
        }

        // The list.
        let listed = try project.assay("models", "list", "spec.yaml", "--json")
        #expect(listed.status == 0, "\(listed.errors)")
        let models = try #require(try json(listed.output)["models"] as? [[String: Any]])
        #expect(models.compactMap { $0["name"] as? String } == ["hosted", "cnn", "outer", "probed", "nearest"])
        #expect(models.compactMap { $0["state"] as? String } == ["at-provider", "ready", "ready", "ready", "ready"])
        #expect((models[0]["curl"] as? String ?? "").contains("/openai/v1/chat/completions"))
        #expect((models[0]["python"] as? String ?? "").contains("model=\"mine\""))
        #expect(
            models.dropFirst().allSatisfy {
                FileManager.default.fileExists(atPath: project.folder + "/" + ($0["checkpoint"] as? String ?? "-"))
                    || FileManager.default.fileExists(atPath: $0["checkpoint"] as? String ?? "-")
            })

        // Exports.
        for format in ["onnx", "safetensors"] {
            let made = try project.assay("models", "export", "spec.yaml", "cnn", "--format", format)
            #expect(made.status == 0, "\(made.errors)")
            let again = try project.assay("models", "export", "spec.yaml", "cnn", "--format", format)
            #expect(again.status == 2 && again.errors.contains("--force"))
        }
        let tensors = try Data(contentsOf: URL(fileURLWithPath: project.folder + "/cnn.safetensors"))
        let head = String(decoding: tensors.prefix(8000), as: UTF8.self)
        for member in ["labels", "preprocessing", "architecture", "experiment"] { #expect(head.contains("\"\(member)\"")) }
        #expect(!head.contains("optimizer"))
        let other = try project.assay("models", "export", "spec.yaml", "outer", "--format", "onnx")
        #expect(other.status == 2 && other.errors.contains("not a built-in network"))

        // Unusable models are reported with the reason.
        let hosted = try project.assay("predict", "spec.yaml", "hosted", "photos/red/0.png")
        #expect(hosted.status == 2 && hosted.errors.contains("assay models list spec.yaml"))
        let unknown = try project.assay("predict", "spec.yaml", "probe", "photos/red/0.png")
        #expect(unknown.status == 2 && unknown.errors.contains("did you mean 'probed'?"))
    }

    /// Features are computed once per image and backbone: a further probe on the same backbone computes none, and a new
    /// image only its own.
    @Test func featuresAreKept() throws {
        let project = try project()
        let models = "models.cnn.train.epochs=1"
        #expect(try project.assay("run", "spec.yaml", "--set", models).status == 0)
        let first = try project.facts(of: "extract-features:nearest:main.train", "computed")
        #expect(first == [9])
        // Another head on the same features.
        let second = try project.assay(
            "run", "spec.yaml", "--json", "--set", models, "--set", "models.nearest.probe.head=logistic")
        #expect(second.status == 0, "\(second.errors)")
        #expect(second.steps("ran").contains("fit-probe:nearest"))
        #expect(!second.steps("ran").contains { $0.hasPrefix("extract-features") })
        // One more image per label moves others between the parts; only unknown images are computed.
        for label in ["blue", "green", "red"] { try project.picture("photos/\(label)/00.png", seed: 9000 + label.count) }
        let third = try project.assay("run", "spec.yaml", "--json", "--set", models)
        #expect(third.status == 0, "\(third.errors)")
        let computed =
            try project.facts(of: "extract-features:nearest:main.train", "computed")
            + project.facts(of: "extract-features:nearest:main.validation", "computed")
            + project.facts(of: "extract-features:nearest:main.test", "computed")
        // 18 images at first, and three new ones.
        #expect(computed.reduce(0, +) == 21, "\(computed)")
    }

    @Test func theDoctorTriesTrainers() throws {
        let project = try project()
        let good = try project.assay("doctor", "spec.yaml", "--trainers", "--json")
        let findings = try #require(try json(good.output)["findings"] as? [[String: Any]])
        let own = findings.filter { ($0["subject"] as? String ?? "").contains("outer") }
        #expect(own.contains { $0["level"] as? String == "ok" }, "\(good.output) \(good.errors)")
        #expect(own.contains { ($0["finding"] as? String ?? "").contains("no validation_accuracy") })
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/.assay/objects"), "the state is not touched")

        try project.write(
            "train.py", ModelUseTests.program.replacing("return {", with: "raise RuntimeError('no such luck')\n    return {"))
        let bad = try project.assay("doctor", "spec.yaml", "--trainers")
        #expect(bad.status == 1)
        #expect(bad.output.contains("the first epoch failed") && bad.output.contains("no such luck"), "\(bad.output)")
    }

    @Test(arguments: ["pytorch", "timm", "sklearn"])
    func initWritesATrainer(_ name: String) throws {
        let project = try TestProject()
        try project.pictures("photos", perLabel: 8)
        let made = try project.assay("init", "--images", "photos", "--answers", "none", "--trainer", name)
        #expect(made.status == 0, "\(made.errors)")
        for file in ["assay.yaml", "train.py", "assay_trainer.py"] {
            #expect(FileManager.default.fileExists(atPath: project.folder + "/" + file))
        }
        let plan = try project.assay("plan")
        #expect(plan.status == 0 && plan.output.contains("trainer-epoch:\(name):1"), "\(plan.output) \(plan.errors)")
        let again = try project.assay("init", "--images", "photos", "--answers", "none", "--trainer", name, "-o", "other.yaml")
        #expect(again.status == 2 && again.errors.contains("train.py already exists"))
    }
}
