// Runs: first and repeated runs, changed values, a lost emulator state, a killed run.

import Basics
import Foundation
import Synchronization
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct RunTests {
    /// Of two runs that started at the same time on a new store, one failed because the ledger was locked.
    @Test func manyMayBeginAtOneMomentOnANewStore() throws {
        let project = try TestProject()
        let failures = Mutex<[String]>([])
        for round in 0..<50 {
            DispatchQueue.concurrentPerform(iterations: 4) { _ in
                let result = Result { try project.assay("runs", "--state", "state-\(round)") }
                switch result {
                case .success(let run) where run.status == 0: break
                case .success(let run): failures.withLock { $0.append(run.errors) }
                case .failure(let error): failures.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(failures.withLock { $0 } == [])
    }

    @Test func aSecondRunDoesNothingAndAChangeRunsOnlyWhatFollows() throws {
        let project = try TestProject()
        try project.write("small.yaml", SmallExperiment.spec)
        let first = try project.assay("run", "small.yaml", "--json")
        #expect(first.status == 0, "\(first.errors)\n\(first.output.suffix(2000))")
        #expect(first.end["state"] as? String == "done")
        let requests = try project.requests(account: "small")
        #expect(requests["batches.create"] == 1)
        #expect(requests["fine_tuning.jobs.create"] == 1)
        #expect(requests["files.create"] == 3)
        #expect(requests["deployments.put"] == 1)
        #expect(requests["deployments.delete"] == 1)
        // Nine answers of the tuned model, and nine for each latency.
        #expect(requests["chat.completions"] == 27)

        let second = try project.assay("run", "small.yaml", "--json")
        #expect(second.status == 0)
        #expect(second.end["ran"] as? Int == 0)
        #expect(try project.requests(account: "small") == requests)

        let setting = "models.tuned.fine_tune.hyperparameters.n_epochs=3"
        let changed = try project.assay("run", "small.yaml", "--set", setting, "--json")
        #expect(changed.status == 0, "\(changed.errors)")
        // Answers that came out the same leave their score cached.
        #expect(changed.steps("ran").isSubset(of: SmallExperiment.followsFineTune))
        #expect(changed.steps("ran").isSuperset(of: ["fine-tune:tuned", "ask-online:tuned:plain:main.test"]))
        let after = try project.requests(account: "small")
        #expect(after["batches.create"] == 1)
        #expect(after["files.create"] == 3, "the uploaded files are still there and are used")
        #expect(after["fine_tuning.jobs.create"] == 2)

        // Without the emulator's state nothing runs; with a change its files are sent again.
        try FileManager.default.removeItem(atPath: project.folder + "/.assay/emulator")
        let lost = try project.assay("run", "small.yaml", "--json")
        #expect(lost.end["ran"] as? Int == 0)
        let again = try project.assay(
            "run", "small.yaml", "--set", "models.tuned.fine_tune.hyperparameters.n_epochs=4", "--json")
        #expect(again.status == 0, "\(again.errors)")
        // Answers that came out the same leave their score cached.
        #expect(again.steps("ran").isSubset(of: SmallExperiment.followsFineTune))
        #expect(again.steps("ran").isSuperset(of: ["fine-tune:tuned", "ask-online:tuned:plain:main.test"]))
        #expect(try project.requests(account: "small")["files.create"] == 2)
    }

    @Test func anotherAccountUsesNothingOfTheFirst() throws {
        let project = try TestProject()
        try project.write("small.yaml", SmallExperiment.spec)
        let first = try project.assay("run", "small.yaml", "--json")
        #expect(first.status == 0, "\(first.errors)")
        let second = try project.assay("run", "small.yaml", "--set", "providers.local.account=other", "--json")
        #expect(second.status == 0, "\(second.errors)")
        let requests = try project.requests(account: "other")
        #expect(requests["batches.create"] == 1)
        #expect(requests["fine_tuning.jobs.create"] == 1)
        #expect(requests["files.create"] == 3)
        #expect(second.steps("ran").isDisjoint(with: ["train-epoch:cnn:1", "index-dataset", "split-dataset:main"]))
    }

    /// The files of a run that scripts rely on.
    @Test func filesOfARun() throws {
        let project = try TestProject()
        try project.write("small.yaml", SmallExperiment.spec)
        let run = try project.assay("run", "small.yaml", "--json")
        let report = try #require(run.end["report"] as? String)
        let folder = URL(fileURLWithPath: report).deletingLastPathComponent()
        let metrics = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent("metrics.json")))
                as? [String: Any])
        let variants = try #require(metrics["variants"] as? [String: Any])
        let evaluations = try #require((variants["default"] as? [String: Any])?["evaluations"] as? [String: Any])
        for model in ["base", "tuned", "cnn"] {
            let accuracy = try #require((evaluations["accuracy"] as? [String: Any])?[model] as? [String: Any])
            #expect(accuracy["n"] as? Int == 9)
            #expect((accuracy["accuracy_interval"] as? [Double])?.count == 2)
            let latency = try #require((evaluations["latency"] as? [String: Any])?[model] as? [String: Any])
            #expect((latency["latency_ms"] as? [String: Any])?["p99"] is Double)
        }
        let predictions = try String(contentsOf: folder.appendingPathComponent("predictions.csv"), encoding: .utf8)
        let lines = predictions.split(separator: "\n")
        #expect(lines.first == "variant,evaluation,example,split,label,model,answer,matched,correct,latency_ms")
        #expect(lines.count == 1 + 54)
        let page = try String(contentsOf: folder.appendingPathComponent("report.html"), encoding: .utf8)
        #expect(page.contains("emulated"))
        #expect(!page.contains("http://") || page.contains("www.w3.org"))

        // Every number of metrics.json can be claimed; without latency's, those of an evaluation that measures none.
        let document = try JSONValue(parsing: Data(contentsOf: folder.appendingPathComponent("metrics.json")))
        let paths = numbers(in: document["variants"]?["default"] ?? .null).filter { !$0.hasPrefix("claims") }
        #expect(paths.count > 100)
        let claims = paths.map { "  - { metric: \($0), at_least: -1 }" }.joined(separator: "\n")
        try project.write("claims.yaml", "extends: small.yaml\nclaims:\n\(claims)\n")
        let validated = try project.assay("validate", "claims.yaml")
        #expect(validated.status == 0, "\(validated.errors.prefix(2000))")
    }

    /// The dotted paths of all numbers.
    private func numbers(in value: JSONValue) -> [String] {
        let members: [(String, JSONValue)] =
            switch value {
            case .object(let members): members.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
            case .array(let items): items.enumerated().map { ("\($0.offset)", $0.element) }
            default: []
            }
        return members.flatMap { name, member in
            switch member {
            case .int, .double: [name]
            default: numbers(in: member).map { "\(name).\($0)" }
            }
        }
    }

    /// `kill -9` at ten moments of the run: run again, it ends with the same predictions and checkpoints, and each
    /// job and file was sent once.
    @Test func killedAtTenMoments() throws {
        let whole = try TestProject()
        try whole.write("small.yaml", SmallExperiment.spec)
        let reference = try whole.assay("run", "small.yaml", "--json")
        #expect(reference.status == 0, "\(reference.errors)")

        let project = try TestProject()
        try project.write("small.yaml", SmallExperiment.spec)
        var kills = 0
        for moment in 1...10 {
            let (process, _, _) = project.process(["run", "small.yaml", "--json"])
            try process.run()
            Thread.sleep(forTimeInterval: reference.seconds * Double(moment) / 12)
            if process.isRunning {
                kill(process.processIdentifier, SIGKILL)
                kills += 1
            }
            process.waitUntilExit()
        }
        #expect(kills > 0)
        let last = try project.assay("run", "small.yaml", "--json")
        #expect(last.status == 0, "\(last.errors)")
        #expect(try stable(project, last) == stable(whole, reference))
        #expect(try project.records("batches").count == 1)
        #expect(try project.records("jobs").count == 1)
        let uploads = try project.uploads()
        #expect(uploads.count == 3)
        #expect(uploads.allSatisfy { $0.value == 1 }, "no bytes are uploaded twice: \(uploads)")
        #expect(try project.deploymentsLeft() == 0)
    }

    /// Predictions without times, and the checkpoints' and answers' digests by step.
    private func stable(_ project: TestProject, _ run: TestProject.Result) throws -> [String] {
        let report = try #require(run.end["report"] as? String)
        let folder = URL(fileURLWithPath: report).deletingLastPathComponent()
        let predictions = try String(contentsOf: folder.appendingPathComponent("predictions.csv"), encoding: .utf8)
        var facts = predictions.split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).dropLast().joined(separator: ",")
        }
        let results = project.folder + "/.assay/results"
        for case let path as String in FileManager.default.enumerator(atPath: results) ?? .init() where path.hasSuffix(".json") {
            let data = try Data(contentsOf: URL(fileURLWithPath: results + "/" + path))
            guard let record = try JSONSerialization.jsonObject(with: data) as? [String: Any],
                record["kind"] as? String == "train-epoch", let step = record["step"] as? String,
                let outputs = record["outputs"] as? [[String: Any]]
            else { continue }
            for output in outputs { facts.append("\(step) \(output["name"] ?? "") \(output["digest"] ?? "")") }
        }
        return facts.sorted()
    }

    /// Ctrl-C in the middle: deployments are deleted, exit 130, and a later run ends the work.
    @Test(arguments: [SIGINT, SIGTERM]) func interrupted(signal: Int32) throws {
        let project = try TestProject()
        try project.write("small.yaml", SmallExperiment.spec)
        let (process, _, output) = project.process(["run", "small.yaml", "--json"])
        try process.run()
        let deadline = Date().addingTimeInterval(120)
        while Date() < deadline, process.isRunning {
            let text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
            if text.contains("\"id\":\"fine-tune:tuned\",\"kind\":\"fine-tune\",\"seconds\"") { break }
            Thread.sleep(forTimeInterval: 0.05)
        }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(try project.deploymentsLeft() == 0)
        let rest = try project.assay("run", "small.yaml", "--json")
        #expect(rest.status == 0, "\(rest.errors)")
        #expect(try project.records("jobs").count == 1)
        #expect(try project.deploymentsLeft() == 0)
    }
}
