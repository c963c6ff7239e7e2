// Training of a network: killed, resumed, extended, repeated; a dying worker; weights from a URL.

import Foundation
import TestServer
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct TrainingTests {
    private func spec(weights: String = "none", epochs: Int = 3) -> String {
        """
        assay: 1
        name: training
        dataset: { folder: photos }
        splits: { main: { train: 30, validation: 3, test: 3, order: name } }
        models:
          cnn:
            train:
              architecture: small_cnn
              weights: \(weights)
              data: { split: main }
              epochs: \(epochs)
              batch_size: 8
              optimizer: { adamw: { learning_rate: 3.0e-3 } }
              schedule: { cosine: { epochs: 3 } }
              augment: [{ random_resized_crop: { size: 64, scale: [0.8, 1.0] } }, random_horizontal_flip]
              seed: 42
          green:
            command:
              run: awk -F, 'NR == 1 { print "path,answer" } NR > 1 { print $1 ",green" }' predict.csv > predictions.csv
        evaluations:
          accuracy: { split: main.test, models: { cnn: {}, green: {} } }
        """
    }

    private func project(_ spec: String, linksPrograms: Bool = false) throws -> TestProject {
        let project = try TestProject(linksPrograms: linksPrograms)
        try project.pictures("photos", perLabel: 36)
        try project.write("spec.yaml", spec)
        return project
    }

    /// The digests of the epochs' checkpoints, by step.
    private func checkpoints(_ project: TestProject) throws -> [String: String] {
        var digests: [String: String] = [:]
        for path in try project.files(below: "/.assay/results") where path.hasSuffix(".json") {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            guard let record = try JSONSerialization.jsonObject(with: data) as? [String: Any],
                record["kind"] as? String == "train-epoch", let step = record["step"] as? String,
                let outputs = record["outputs"] as? [[String: Any]]
            else { continue }
            for output in outputs where output["name"] as? String == "checkpoint" {
                digests[step] = output["digest"] as? String
            }
        }
        return digests
    }

    /// Runs until the training of an epoch shows a batch, does something, and waits for the end.
    private func whileTraining(
        epoch: Int, _ project: TestProject, _ body: (Process) -> Void
    ) throws -> TestProject.Result {
        let (process, errors, output) = project.process(["run", "spec.yaml", "--json"])
        try process.run()
        let deadline = Date().addingTimeInterval(120)
        while Date() < deadline, process.isRunning {
            let text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
            if text.split(separator: "\n").contains(where: {
                $0.contains("\"event\":\"progress\"") && $0.contains("\"id\":\"train-epoch:cnn:\(epoch)\"")
            }) {
                break
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        #expect(process.isRunning, "no batch of epoch \(epoch) was seen")
        body(process)
        process.waitUntilExit()
        return TestProject.Result(
            status: process.terminationStatus,
            output: String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self),
            errors: String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self), seconds: 0)
    }

    /// The vision workers that a process has started.
    private func workers(of process: Process) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { pid in
            let status = String(
                decoding: FileManager.default.contents(atPath: "/proc/\(pid)/status") ?? Data(), as: UTF8.self)
            return status.contains("PPid:\t\(process.processIdentifier)\n") && status.hasPrefix("Name:\tassay-vision")
        }
    }

    @Test func killedWithinAnEpochItEndsWithTheSameCheckpoints() throws {
        let whole = try project(spec())
        let reference = try whole.assay("run", "spec.yaml", "--json")
        #expect(reference.status == 0, "\(reference.errors)\n\(reference.output.suffix(1500))")
        let project = try project(spec())
        for epoch in [2, 3] {
            let killed = try whileTraining(epoch: epoch, project) { kill($0.processIdentifier, SIGKILL) }
            #expect(killed.status == SIGKILL)
        }
        let last = try project.assay("run", "spec.yaml", "--json")
        #expect(last.status == 0, "\(last.errors)")
        #expect(last.steps("ran").contains("train-epoch:cnn:3"))
        #expect(last.steps("ran").isDisjoint(with: ["train-epoch:cnn:1", "train-epoch:cnn:2"]))
        let expected = try checkpoints(whole)
        #expect(expected.count == 3)
        #expect(try checkpoints(project) == expected)
    }

    @Test func moreEpochsTrainOnlyTheNewOnesAndASecondRunOpensNothing() throws {
        let project = try project(spec(), linksPrograms: true)
        #expect(try project.assay("run", "spec.yaml", "--json").status == 0)
        let before = try checkpoints(project)

        let opened = OpenedFiles(
            in: project.programs, below: project.folder + "/photos", project.folder + "/.assay/objects")
        let second = try project.assay("run", "spec.yaml", "--json")
        #expect(second.end["ran"] as? Int == 0)
        let files = opened.taken()
        // Only the vision worker decodes, and it is not started. Pictures as new as these are hashed once more.
        #expect(files.contains(project.programs + "/assay"))
        #expect(!files.contains(project.programs + "/assay-vision"))
        let names = Set(files.map { $0.split(separator: "/").suffix(2).joined() })
        for digest in before.values {
            #expect(!names.contains { $0.hasSuffix(digest) || digest.hasSuffix($0) }, "a checkpoint was opened")
        }

        let more = try project.assay("run", "spec.yaml", "--set", "models.cnn.train.epochs=5", "--json")
        #expect(more.status == 0, "\(more.errors)")
        let epochs = more.steps("ran").filter { $0.hasPrefix("train-epoch:") }
        #expect(epochs == ["train-epoch:cnn:4", "train-epoch:cnn:5"])
        // The opened files show that the first new epoch starts from the last checkpoint and reads pictures.
        let read = opened.taken()
        #expect(read.contains(project.programs + "/assay-vision"))
        #expect(read.contains { $0.hasSuffix("/10.png") })
        let last = try #require(before["train-epoch:cnn:3"])
        #expect(read.contains { last.hasSuffix($0.split(separator: "/").suffix(2).joined()) })
    }

    /// As when memory runs out: the system ends the worker by SIGKILL.
    @Test func aWorkerThatDiesIsAFailedStepOfALivingRun() throws {
        let project = try project(spec())
        let run = try whileTraining(epoch: 2, project) { process in
            for worker in workers(of: process) { kill(worker, SIGKILL) }
        }
        #expect(run.status == 1, "\(run.errors)")
        #expect(run.steps("failed") == ["train-epoch:cnn:2"])
        #expect(run.output.contains("if memory ran out, try batch_size 4"))
        #expect(run.steps("ran").contains("score:accuracy:green"))
        let again = try project.assay("run", "spec.yaml", "--json")
        #expect(again.status == 0, "\(again.errors)")
    }

    /// A limit on the address space: the numeric library cannot allocate a batch of 90 large images.
    @Test func tooLargeABatchNamesOneToTry() throws {
        let project = try project(spec(epochs: 1))
        let (process, errors, output) = project.process([])
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "ulimit -v 6000000; exec \"$0\" \"$@\"", TestProject.products + "/assay", "run", "spec.yaml",
            "--json", "--set", "models.cnn.train.batch_size=90", "--set",
            "models.cnn.train.augment=[{ random_resized_crop: { size: 1024 } }]", "--set",
            "models.cnn.train.evaluate=[{ resize: 1024 }, { center_crop: 1024 }]",
        ]
        try process.run()
        let reported = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
        #expect(process.terminationStatus == 1, "\(reported)\(text.suffix(1500))")
        #expect(text.contains("memory ran out") && text.contains("try batch_size 45"), "\(text.suffix(1500))")
    }

    /// Each training step reuses the memory of the previous one. When only the first thread did so, each step faulted
    /// all its pages in again, which took up to two thirds of an epoch.
    @Test func stepsUseTheMemoryOfThoseBefore() throws {
        let project = try project("")
        let images: [String: Any] = [
            "inputSize": 144, "augment": [["resize": ["size": 144]], ["centerCrop": ["size": 144]]],
            "evaluate": [["resize": ["size": 144]], ["centerCrop": ["size": 144]]],
            "normalize": ["mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]],
        ]
        let recipe: [String: Any] = [
            "architecture": "small_cnn", "images": images, "batchSize": 64, "labelSmoothing": 0, "freezeEpochs": 0,
            "optimizer": ["sgd": ["learningRate": 0.01, "momentum": 0, "nesterov": false, "weightDecay": 0]],
            "schedule": ["constant": [String: Int]()], "seed": 1,
        ]
        // Six steps with tensors of up to 85 MB.
        let examples = (0..<384).map { index -> [String: Any] in
            let label = ["blue", "green", "red"][index % 3]
            return ["path": "\(project.folder)/photos/\(label)/\(index % 36).png", "label": index % 3]
        }
        let epoch: [String: Any] = [
            "recipe": recipe, "epoch": 1, "start": ["fresh": [String: Int]()], "labels": ["blue", "green", "red"],
            "training": examples, "validation": [Any](), "output": project.folder + "/1.safetensors", "threads": 2,
        ]
        let request: [String: Any] = ["id": 1, "request": ["train-epoch": epoch]]
        let worker = Process()
        let (input, output) = (Pipe(), Pipe())
        worker.executableURL = URL(fileURLWithPath: TestProject.products + "/assay-vision")
        worker.arguments = ["serve"]
        worker.standardInput = input
        worker.standardOutput = output
        worker.environment = ProcessInfo.processInfo.environment.merging(["OMP_WAIT_POLICY": "passive"]) { $1 }
        try worker.run()
        let line = try JSONSerialization.data(withJSONObject: request) + Data("\n".utf8)
        try input.fileHandleForWriting.write(contentsOf: line)
        var text = ""
        while !text.contains("\"result\""), !text.contains("\"error\"") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            text += String(decoding: more, as: UTF8.self)
        }
        #expect(text.contains("\"result\""), "\(text.suffix(600))")
        func contents(_ name: String) throws -> String {
            try String(contentsOfFile: "/proc/\(worker.processIdentifier)/\(name)", encoding: .utf8)
        }
        let fields = try contents("stat").split(separator: ")").last?.split(separator: " ") ?? []
        let peak = try contents("status").split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let faulted = try #require(Double(fields[7])) * Double(getpagesize()) / 1024
        let most = try #require(peak?.split(separator: " ").dropLast().last.flatMap { Double($0.filter(\.isNumber)) })
        #expect(faulted < 1.5 * most, "\(faulted) kB were faulted in for at most \(most) kB in use")
        try input.fileHandleForWriting.close()
        worker.waitUntilExit()
    }

    struct BadTraining: Sendable, CustomTestStringConvertible {
        var id: String
        var settings: [String]
        var status: Int32
        var says: [String]
        var testDescription: String { id }
    }

    static let badTrainings = [
        BadTraining(
            id: "a loss that is not finite",
            settings: ["models.cnn.train.optimizer={ sgd: { learning_rate: 1.0e+9 } }"], status: 1,
            says: ["the loss is not finite in epoch 1 at batch", "try a learning rate below"]),
        BadTraining(
            id: "fewer images than one batch", settings: ["models.cnn.train.batch_size=91"], status: 1,
            says: ["90 images", "91"]),
        BadTraining(
            id: "a label without training images",
            settings: ["dataset={ folder: parts, layout: split-folders }", "splits.main={ from: dataset }"], status: 1,
            says: ["no training images for violet"]),
        BadTraining(
            id: "weights that are not there", settings: ["models.cnn.train.weights={ file: none.pth }"], status: 2,
            says: ["none.pth"]),
        BadTraining(
            id: "weights cut off", settings: ["models.cnn.train.weights={ file: cut.pth }"], status: 1,
            says: ["cut.pth", "a zip archive without its end: the file is truncated"]),
        BadTraining(
            id: "weights of another network", settings: ["models.cnn.train.weights={ file: other.safetensors }"],
            status: 1, says: ["there is no tensor 'features.0.conv.weight'"]),
    ]

    /// A failed training fails its step with a message; steps that do not need the network continue.
    @Test(arguments: badTrainings) func badTrainingIsReported(_ test: BadTraining) throws {
        let project = try project(spec(epochs: 1))
        try project.pictures("parts/train", perLabel: 12)
        try project.pictures("parts/test", perLabel: 2)
        try FileManager.default.copyItem(
            atPath: project.folder + "/parts/test/red", toPath: project.folder + "/parts/test/violet")
        try Data([0x50, 0x4B, 3, 4, 0, 0]).write(to: URL(fileURLWithPath: project.folder + "/cut.pth"))
        let header = #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        try (length + Data(header.utf8)).write(to: URL(fileURLWithPath: project.folder + "/other.safetensors"))
        let run = try project.assay(["run", "spec.yaml", "--json"] + test.settings.flatMap { ["--set", $0] })
        #expect(run.status == test.status, "\(run.errors)\(run.output.suffix(1500))")
        for text in test.says {
            #expect((run.errors + run.output).contains(text), "\(text): \(run.errors)\(run.output.suffix(1500))")
        }
        #expect(run.steps("ran").contains("score:accuracy:green") == (test.status == 1))
    }

    @Test func weightsComeFromAnAddress() throws {
        let first = try project(spec(epochs: 1))
        #expect(try first.assay("run", "spec.yaml", "--json").status == 0)
        let digest = try #require(try checkpoints(first)["train-epoch:cnn:1"])
        let object = try #require(
            try first.objects().first { digest.hasSuffix($0.split(separator: "/").suffix(2).joined()) })
        let file = try Data(contentsOf: URL(fileURLWithPath: object))
        let server = try TestServer { _, _ in .answer(200, body: file) }
        defer { server.stop() }
        let sha256 = digest.split(separator: ":").last.map(String.init) ?? ""

        let project = try project(spec(weights: "{ url: \(server.url)/w.safetensors, sha256: \(sha256) }", epochs: 1))
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(1500))")
        let requests = server.requests.count
        #expect(requests > 0)
        #expect(try project.assay("run", "spec.yaml", "--json").end["ran"] as? Int == 0)
        #expect(server.requests.count == requests)
        #expect(try checkpoints(project) != checkpoints(first))

        let other = String(repeating: "ab", count: 32)
        let refused = try project.assay(
            "run", "spec.yaml", "--set", "models.cnn.train.weights.sha256=\(other)", "--json")
        #expect(refused.status == 1)
        #expect(refused.output.contains("does not match sha256"))
    }
}
