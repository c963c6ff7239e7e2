// Batch prediction jobs: states, results, failures.

import Basics
import EmulatorCore
import Foundation
import Platform
import Testing
import VertexEmulator

struct VertexBatchTests {
    private func create(_ rig: VertexRig, _ body: JSONValue = VertexRig.batch()) async throws -> JSONValue {
        try await rig.json(.post, VertexRig.parent + "/batchPredictionJobs", body)
    }

    /// The result lines by the value of their request's label `n`.
    private func results(_ rig: VertexRig, _ job: JSONValue) async throws -> [(n: String, line: JSONValue)] {
        let folder = job["outputInfo"]?["gcsOutputDirectory"]?.string ?? ""
        let name = folder.replacing("gs://test/", with: "") + "/predictions.jsonl"
        let text = String(decoding: try await rig.content(name).body, as: UTF8.self)
        return try text.split(separator: "\n").map { line in
            let json = try JSONValue(parsing: Data(line.utf8))
            return (json["request"]?["labels"]?["n"]?.string ?? "", json)
        }
    }

    private func line(_ n: Int, _ label: String) -> JSONValue {
        VertexRig.request(VertexRig.inline(label), ["labels": ["n": .string("n\(n)")]])
    }

    private let ends: Set<String> = ["SUCCEEDED", "PARTIALLY_SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"]

    @Test func linesAreAnsweredInAnotherOrderAndBadOnesFailAlone() async throws {
        let rig = try await VertexRig.start()
        var requests = (0..<40).map { line($0, VertexRig.labels[$0 % 3]) }
        requests[3] = VertexRig.request(["inlineData": ["mimeType": "image/png", "data": "bm8="]], ["labels": ["n": "n3"]])
        requests[5] = ["contents": [["role": "assistant", "parts": [["text": "x"]]]], "labels": ["n": "n5"]]
        requests[7] = VertexRig.request(VertexRig.stored("none.png"), ["labels": ["n": "n7"]])
        try await rig.put("in.jsonl", VertexRig.lines(requests))
        let created = try await create(rig)
        #expect(created["state"] == "JOB_STATE_PENDING")
        #expect(created["outputInfo"] == nil)
        let (job, seen) = try await rig.settled(created["name"]?.string ?? "", until: ends)
        #expect(seen.first == "PENDING" && seen.last == "SUCCEEDED")
        #expect(job["completionStats"] == ["successfulCount": "37", "failedCount": "3", "incompleteCount": "0"])
        let found = try await results(rig, job)
        #expect(Set(found.map(\.n)).count == 40)
        #expect(found.map(\.n) != (0..<40).map { "n\($0)" })
        for (n, line) in found {
            let number = Int(n.dropFirst()) ?? -1
            if [3, 5, 7].contains(number) {
                let status = line["status"]?.string ?? ""
                #expect(status.hasPrefix("Bad Request: {"), "\(n)")
                #expect(try JSONValue(parsing: Data(status.dropFirst("Bad Request: ".count).utf8))["error"]?["code"] == 400)
                #expect(line["response"] == [:])
            } else {
                #expect(line["status"] == "")
                let text = line["response"]?["candidates"]?.array?.first?["content"]?["parts"]?.array?.first?["text"]
                #expect(text?.string == VertexRig.labels[number % 3], "\(n)")
            }
        }
        // The partial dump no longer exists, and the folder has the name of a prediction.
        let folder = job["outputInfo"]?["gcsOutputDirectory"]?.string ?? ""
        #expect(folder.wholeMatch(of: #/gs://test/out/prediction-model-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/#) != nil)
        let list = try await rig.json(.get, "/storage/v1/b/test/o?prefix=out/")
        #expect(list["items"]?.array?.count == 1)
        await rig.close()
    }

    @Test(arguments: [
        ("stalls", Fault.make { $0.stalls = 600 }, ["QUEUED", "RUNNING", "SUCCEEDED"], 6),
        ("queue limit", Fault.make { $0.stalls = 90 * 3600 }, ["QUEUED", "EXPIRED"], 0),
        ("expires", Fault.make { $0.expiresAt = 0.5 }, ["PENDING", "RUNNING", "EXPIRED"], 3),
        ("partly", Fault.make { $0.partly = 0.5 }, ["PENDING", "RUNNING", "PARTIALLY_SUCCEEDED"], 6),
        ("fails", Fault.make { $0.fails = .init(code: "INTERNAL", message: "no") }, ["PENDING", "RUNNING", "FAILED"], 0),
        ("repeats", Fault.make { $0.repeatsLines = true }, ["PENDING", "RUNNING", "SUCCEEDED"], 12),
    ])
    func statesOfScriptedJobs(id: String, fault: Fault, states: [String], lines: Int) async throws {
        let rig = try await VertexRig.start { $0.faults = FaultScript(faults: [fault]) }
        try await rig.put("in.jsonl", VertexRig.lines((0..<6).map { line($0, "cat") }))
        let created = try await create(rig)
        let (job, seen) = try await rig.settled(created["name"]?.string ?? "", until: ends)
        #expect(seen == states)
        #expect(lines == 0 || job["outputInfo"] != nil)
        if lines > 0 { #expect(try await results(rig, job).count == lines) }
        if states.last == "FAILED" { #expect(job["error"]?["message"] == "no") }
        await rig.close()
    }

    @Test func blockedPromptsAreAnswersWithoutCandidates() async throws {
        let rig = try await VertexRig.start { $0.faults = FaultScript(faults: [Fault.make { $0.filters = 2 }]) }
        try await rig.put("in.jsonl", VertexRig.lines((0..<4).map { line($0, "cat") }))
        let created = try await create(rig)
        let found = try await results(rig, rig.settled(created["name"]?.string ?? "", until: ends).job)
        let blocked = found.filter { $0.line["response"]?["promptFeedback"]?["blockReason"] == "SAFETY" }
        #expect(Set(blocked.map(\.n)) == ["n0", "n1"])
        #expect(blocked.allSatisfy { $0.line["status"] == "" && $0.line["response"]?["candidates"] == nil })
        await rig.close()
    }

    @Test func cancelledJobKeepsFinishedWork() async throws {
        let rig = try await VertexRig.start()
        try await rig.put("in.jsonl", VertexRig.lines((0..<4).map { line($0, "cat") }))
        let name = try await create(rig)["name"]?.string ?? ""
        #expect(try await rig.send(.delete, "/v1/" + name).status == 400)
        _ = try await rig.settled(name, until: ["RUNNING"])
        #expect(try await rig.json(.post, "/v1/\(name):cancel", [:]) == [:])
        let (job, seen) = try await rig.settled(name, until: ends)
        #expect(seen == ["CANCELLING", "CANCELLED"])
        #expect(job["error"]?["code"] == 1)
        let operation = try await rig.json(.delete, "/v1/" + name)
        #expect(operation["done"] == nil)
        try await rig.wait(60)
        #expect(try await rig.json(.get, "/v1/" + (operation["name"]?.string ?? ""))["done"] == true)
        #expect(try await rig.send(.get, "/v1/" + name).status == 404)
        await rig.close()
    }

    @Test(arguments: [
        ("not JSON", "{"), ("no request", "{\"custom_id\":\"1\"}"), ("sibling", "{\"key\":\"1\",\"request\":{\"contents\":[]}}"),
        ("empty", ""),
    ])
    func aFileThatCannotBeReadFailsTheJob(id: String, text: String) async throws {
        let rig = try await VertexRig.start()
        try await rig.put("in.jsonl", Data((text + "\n").utf8))
        let (job, seen) = try await rig.settled(try await create(rig)["name"]?.string ?? "", until: ends)
        #expect(seen.last == "FAILED")
        #expect(job["error"]?["code"] == 3)
        #expect(job["error"]?["message"]?.string?.hasPrefix("Failed to import data.") == true)
        await rig.close()
    }

    @Test(arguments: [
        ("labels.run=k1", 2), ("labels.run=\"k1\"", 2), ("labels.run=k3", 0), ("labels.run:*", 2), ("labels.other:*", 0),
        ("display_name=assay-k1", 2), ("display_name:\"assay*\"", 2), ("display_name!=assay-k1", 0),
        ("labels.run=k1 AND state=\"JOB_STATE_PENDING\"", 2), ("labels.run=k1 AND state=\"JOB_STATE_FAILED\"", 0),
    ])
    func listsAreFiltered(filter: String, count: Int) async throws {
        let rig = try await VertexRig.start()
        try await rig.put("in.jsonl", VertexRig.lines([line(0, "cat")]))
        for _ in 0..<2 { _ = try await create(rig) }
        let query = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let path = VertexRig.parent + "/batchPredictionJobs?filter=" + query
        #expect((try await rig.json(.get, path)["batchPredictionJobs"]?.array ?? []).count == count)
        if count == 2 {
            let page = try await rig.json(.get, path + "&pageSize=1")
            let rest = try await rig.json(.get, path + "&pageSize=1&pageToken=\(page["nextPageToken"]?.string ?? "")")
            #expect(page["batchPredictionJobs"] != rest["batchPredictionJobs"] && rest["nextPageToken"] == nil)
        }
        await rig.close()
    }

    @Test func requestsThatCannotBecomeAJobAreRefused() async throws {
        let rig = try await VertexRig.start()
        try await rig.put("in.jsonl", VertexRig.lines([line(0, "cat")]))
        func changed(_ key: String, _ value: JSONValue?) -> JSONValue {
            var members = VertexRig.batch().object ?? [:]
            members[key] = value
            return .object(members)
        }
        let cases: [(id: String, body: JSONValue, status: String)] = [
            ("display name", changed("displayName", nil), "INVALID_ARGUMENT"),
            ("unknown field", changed("endpoint", "e"), "INVALID_ARGUMENT"),
            ("model", VertexRig.batch(model: "gemini-9"), "NOT_FOUND"),
            ("label", VertexRig.batch(labels: ["Run": "k1"]), "INVALID_ARGUMENT"),
            (
                "bucket", changed("inputConfig", ["instancesFormat": "jsonl", "gcsSource": ["uris": ["gs://none/x"]]]),
                "NOT_FOUND"
            ),
        ]
        for item in cases {
            let response = try await rig.send(.post, VertexRig.parent + "/batchPredictionJobs", json: item.body)
            #expect(rig.status(response) == item.status, "\(item.id)")
        }
        #expect(
            rig.message(try await rig.send(.post, VertexRig.parent + "/batchPredictionJobs", json: cases[1].body))
                == "Invalid JSON payload received. Unknown name \"endpoint\": Cannot find field.")
        // Names in snake case and a bare text for a list of one are taken.
        let snake: JSONValue = [
            "display_name": "x", "model": "publishers/google/models/gemini-3.5-flash",
            "input_config": ["instances_format": "jsonl", "gcs_source": ["uris": "gs://test/in.jsonl"]],
            "output_config": ["predictions_format": "jsonl", "gcs_destination": ["output_uri_prefix": "gs://test/out"]],
        ]
        #expect(try await create(rig, snake)["inputConfig"]?["gcsSource"]?["uris"] == ["gs://test/in.jsonl"])
        await rig.close()
    }

    @Test func anInterruptedJobContinuesAfterARestart() async throws {
        let first = try await VertexRig.start()
        try await first.put("in.jsonl", VertexRig.lines((0..<6).map { line($0, "dog") }))
        let name = try await create(first)["name"]?.string ?? ""
        _ = try await first.settled(name, until: ["RUNNING"])
        await first.emulator.stop()
        let second = try await VertexRig.start(folder: first.folder)
        let (job, _) = try await second.settled(name, until: ends)
        #expect(try await results(second, job).count == 6)
        #expect(await second.emulator.bill()?.batches.first?.requests == 6)
        await second.close()
    }
}

extension Fault {
    /// A fault of every batch that is created.
    static func make(on operation: String = "batchPredictionJobs.create", _ change: (inout Fault) -> Void) -> Fault {
        var fault = Fault(on: operation)
        change(&fault)
        return fault
    }
}
