// Tuning jobs, checkpoints, endpoints, models and their removal.

import Basics
import EmulatorCore
import EmulatorFakes
import Foundation
import Platform
import Testing
import VertexEmulator

struct VertexTuningTests {
    private let ends: Set<String> = ["SUCCEEDED", "FAILED", "CANCELLED"]

    private func create(
        _ rig: VertexRig, _ body: JSONValue = VertexRig.tuning(), version: String = "v1"
    ) async throws -> JSONValue {
        try await rig.json(.post, VertexRig.parent.replacing("/v1/", with: "/\(version)/") + "/tuningJobs", body)
    }

    private func ask(_ rig: VertexRig, _ endpoint: String, in location: String = "us") async throws -> HTTPResponseValue {
        let path = endpoint.replacing("us-central1", with: location)
        return try await rig.send(.post, "/v1/\(path):generateContent", json: VertexRig.request(VertexRig.inline("dog")))
    }

    @Test func aJobLeavesAModelAndAnEndpointForEachCheckpoint() async throws {
        let rig = try await VertexRig.start()
        try await rig.putTraining(12)
        let created = try await create(rig)
        #expect(created["state"] == "JOB_STATE_QUEUED")
        let name = created["name"]?.string ?? ""
        #expect(name.hasPrefix("projects/123456789012/locations/us-central1/tuningJobs/"))
        let (job, seen) = try await rig.settled(name, until: ends)
        #expect(seen == ["QUEUED", "PENDING", "RUNNING", "SUCCEEDED"])
        let checkpoints = job["tunedModel"]?["checkpoints"]?.array ?? []
        #expect(checkpoints.map { $0["epoch"] } == ["1", "2"])
        #expect(Set(checkpoints.compactMap { $0["endpoint"]?.string }).count == 2)
        #expect(job["tunedModel"]?["endpoint"] == checkpoints.last?["endpoint"])
        let stats = job["tuningDataStats"]?["supervisedTuningDataStats"]
        #expect(stats?["tuningDatasetExampleCount"] == "12")
        #expect(stats?["tuningStepCount"] == "6")
        #expect(stats?["totalTruncatedExampleCount"] == "0")
        for checkpoint in checkpoints {
            let endpoint = checkpoint["endpoint"]?.string ?? ""
            let described = try await rig.json(.get, "/v1/" + endpoint)
            #expect(described["labels"] == ["run": "k1"])
            #expect(described["deployedModels"]?.array?.first?["checkpointId"] == checkpoint["checkpointId"])
            // A tuned model of the third generation answers in the multi-region only.
            #expect(try await ask(rig, endpoint).status == 200)
            #expect(rig.status(try await ask(rig, endpoint, in: "us-central1")) == "NOT_FOUND")
        }
        let billed = Int(stats?["totalBillableTokenCount"]?.string ?? "") ?? 0
        #expect(billed > 0)
        #expect(await rig.emulator.bill()?.fineTuning.first?.trainedTokens == 2 * billed)
        await rig.close()
    }

    @Test func teardownKeepsToItsOrder() async throws {
        let rig = try await VertexRig.start()
        try await rig.putTraining(12)
        let job = try await rig.settled(try await create(rig)["name"]?.string ?? "", until: ends).job
        let model = String((job["tunedModel"]?["model"]?.string ?? "").dropLast(2))
        func finish(_ operation: JSONValue) async throws {
            try await rig.wait(60)
            #expect(try await rig.json(.get, "/v1/" + (operation["name"]?.string ?? ""))["done"] == true)
        }
        for checkpoint in job["tunedModel"]?["checkpoints"]?.array ?? [] {
            let endpoint = checkpoint["endpoint"]?.string ?? ""
            #expect(rig.status(try await rig.send(.delete, "/v1/" + model)) == "FAILED_PRECONDITION")
            #expect(rig.status(try await rig.send(.delete, "/v1/" + endpoint)) == "FAILED_PRECONDITION")
            let deployed = try await rig.json(.get, "/v1/" + endpoint)["deployedModels"]?.array?.first?["id"] ?? .null
            try await finish(rig.json(.post, "/v1/\(endpoint):undeployModel", ["deployedModelId": deployed]))
            #expect(try await rig.json(.get, "/v1/" + endpoint)["deployedModels"] == nil)
            #expect(try await ask(rig, endpoint).status == 404)
            #expect(
                try await rig.send(.post, "/v1/\(endpoint):undeployModel", json: ["deployedModelId": deployed]).status == 404)
            try await finish(rig.json(.delete, "/v1/" + endpoint))
            #expect(try await rig.send(.get, "/v1/" + endpoint).status == 404)
        }
        #expect(rig.status(try await rig.send(.delete, "/v1/\(model)@1:deleteVersion")) == "FAILED_PRECONDITION")
        try await finish(rig.json(.delete, "/v1/" + model))
        #expect(try await rig.json(.get, VertexRig.parent + "/models") == [:])
        #expect(try await rig.json(.get, VertexRig.parent + "/endpoints") == [:])
        // The job's record stays.
        #expect(try await rig.json(.get, VertexRig.parent + "/tuningJobs")["tuningJobs"]?.array?.count == 1)
        await rig.close()
    }

    @Test func droppedExamplesAreCountedByIndexAndReason() async throws {
        let rig = try await VertexRig.start()
        try await rig.putTraining(9)
        var lines = (0..<9).map { _ in VertexRig.trainingLine(VertexRig.stored("images/cat.png"), "cat").canonical }
        lines[2] = VertexRig.trainingLine(VertexRig.stored("none.png"), "cat").canonical
        lines[5] =
            VertexRig.trainingLine(["fileData": ["mimeType": "image/bmp", "fileUri": "gs://test/images/cat.png"]], "cat")
            .canonical
        try await rig.put("train.jsonl", Data(lines.joined(separator: "\n").utf8))
        let job = try await rig.settled(try await create(rig)["name"]?.string ?? "", until: ends).job
        #expect(job["state"] == "JOB_STATE_SUCCEEDED")
        let stats = job["tuningDataStats"]?["supervisedTuningDataStats"]
        #expect(stats?["tuningDatasetExampleCount"] == "9")
        #expect(stats?["totalTruncatedExampleCount"] == "2")
        #expect(stats?["truncatedExampleIndices"] == ["3", "6"])
        #expect(stats?["droppedExampleReasons"]?.array?.count == 2)
        await rig.close()
    }

    @Test(arguments: [
        (1, false, 1), (3, false, 3), (10, false, 10), (25, false, 10), (3, true, 0),
    ])
    func checkpointsAreSpacedEvenly(epochs: Int, onlyLast: Bool, count: Int) async throws {
        let rig = try await VertexRig.start()
        try await rig.putTraining(4)
        let body = VertexRig.tuning(
            spec: ["hyperParameters": ["epochCount": .int(Int64(epochs))], "exportLastCheckpointOnly": .bool(onlyLast)])
        let job = try await rig.settled(try await create(rig, body)["name"]?.string ?? "", until: ends).job
        let found = (job["tunedModel"]?["checkpoints"]?.array ?? []).compactMap { $0["epoch"]?.string }
        #expect(found.count == count)
        #expect(onlyLast || found.last == String(epochs))
        #expect(job["tunedModel"]?["endpoint"] != nil)
        #expect((try await rig.json(.get, VertexRig.parent + "/endpoints")["endpoints"]?.array ?? []).count == max(1, count))
        await rig.close()
    }

    @Test func requestsThatCannotBecomeAJobAreRefused() async throws {
        let rig = try await VertexRig.start()
        try await rig.putTraining(12)
        try await rig.put("long.jsonl", Data(repeating: 65, count: 5000))
        let field = "tuning_job.supervised_tuning_spec."
        let cases: [(id: String, location: String, version: String, body: JSONValue, status: String, says: String)] = [
            (
                "adapter", "us-central1", "v1",
                VertexRig.tuning(spec: ["hyperParameters": ["adapterSize": "ADAPTER_SIZE_THIRTY_TWO"]]), "INVALID_ARGUMENT",
                "The adapter size is not supported for this base model."
            ),
            ("global", "global", "v1", VertexRig.tuning(), "FAILED_PRECONDITION", "global"),
            ("region", "us-east1", "v1", VertexRig.tuning(), "FAILED_PRECONDITION", "europe-west4"),
            (
                "batch size in v1", "us-central1", "v1", VertexRig.tuning(spec: ["hyperParameters": ["batchSize": 6]]),
                "INVALID_ARGUMENT", "Unknown name \"batchSize\" at 'supervised_tuning_spec.hyper_parameters'"
            ),
            (
                "batch size in v1beta1", "us-central1", "v1beta1", VertexRig.tuning(spec: ["hyperParameters": ["batch_size": 6]]),
                "INVALID_ARGUMENT", "only available for open source models"
            ),
            (
                "suffix", "us-central1", "v1", VertexRig.tuning(spec: ["trainingDatasetUri": "gs://test/train.txt"]),
                "INVALID_ARGUMENT",
                "List of found errors:\t1.Field: \(field)training_dataset_uri; Message: training_dataset_uri should be a GCS object of type JSONL.\t"
            ),
            (
                "missing file", "us-central1", "v1", VertexRig.tuning(spec: ["trainingDatasetUri": "gs://test/none.jsonl"]),
                "INVALID_ARGUMENT", "does not exist"
            ),
            (
                "validation too large", "us-central1", "v1",
                VertexRig.tuning(spec: ["validationDatasetUri": "gs://test/long.jsonl"]), "INVALID_ARGUMENT", "25%"
            ),
            (
                "model", "us-central1", "v1", VertexRig.tuning(model: "gemini-9"), "INVALID_ARGUMENT",
                "Base model gemini-9 is not supported."
            ),
            (
                "epochs", "us-central1", "v1", VertexRig.tuning(spec: ["hyperParameters": ["epochCount": 0]]), "INVALID_ARGUMENT",
                "epoch_count"
            ),
            (
                "name", "us-central1", "v1",
                VertexRig.tuning(["tunedModelDisplayName": .string(String(repeating: "x", count: 129))]), "INVALID_ARGUMENT",
                "128"
            ),
        ]
        for item in cases {
            let response = try await rig.send(
                .post, "/\(item.version)/projects/p/locations/\(item.location)/tuningJobs", json: item.body)
            #expect(rig.status(response) == item.status, "\(item.id)")
            #expect(rig.message(response).contains(item.says), "\(item.id): \(rig.message(response))")
        }
        await rig.close()
    }

    @Test func progressAndMetricsCanBeRead() async throws {
        let rig = try await VertexRig.start()
        try await rig.putTraining(24)
        let lines = (0..<2).map { _ in VertexRig.trainingLine(VertexRig.stored("images/cat.png"), "cat").canonical + "\n" }
        try await rig.put("valid.jsonl", Data(lines.joined().utf8))
        let body = VertexRig.tuning(spec: ["validationDatasetUri": "gs://test/valid.jsonl"])
        let name = try await create(rig, body)["name"]?.string ?? ""
        #expect(try await rig.json(.get, "/v1beta1/" + name)["tuningJobState"] == "TUNING_JOB_STATE_WAITING_FOR_QUOTA")
        #expect(try await rig.json(.get, "/v1/" + name)["tuningJobState"] == nil)
        _ = try await rig.settled(name, until: ends)
        let job = try await rig.json(.get, "/v1beta1/" + name)
        #expect(job["tuningJobMetadata"] == ["completedEpochCount": "2", "completedStepCount": "12"])
        let experiment = job["experiment"]?.string ?? ""
        let board = try await rig.json(.get, "/v1/" + experiment)["metadata"]?["backing_tensorboard_resource"]?.string ?? ""
        let filter = "schema_title=\"system.ExperimentRun\" AND parent_contexts:\"\(experiment)\""
        let contexts = try await rig.json(
            .get,
            VertexRig.parent + "/metadataStores/default/contexts?filter="
                + (filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""))
        let id = experiment.split(separator: "/").last.map(String.init) ?? ""
        let context = contexts["contexts"]?.array?.first?["name"]?.string?.split(separator: "/").last.map(String.init) ?? ""
        let run = context.dropFirst(id.count + 1)
        let series = try await rig.json(.get, "/v1/\(board)/experiments/\(id)/runs/\(run)/timeSeries")
        let names = (series["tensorboardTimeSeries"]?.array ?? []).compactMap { $0["displayName"]?.string }
        #expect(
            names == [
                "/train_total_loss", "/train_fraction_of_correct_next_step_preds", "/eval_total_loss",
                "/eval_fraction_of_correct_next_step_preds",
            ])
        let first = series["tensorboardTimeSeries"]?.array?.first?["name"]?.string ?? ""
        let values = try await rig.json(.get, "/v1/\(first):read?maxDataPoints=-1")["timeSeriesData"]?["values"]?.array ?? []
        #expect(values.count == 12 && values.first?["step"] == "1" && values.first?["scalar"]?["value"] == 1)
        await rig.close()
    }

    @Test func jobsWaitForEachOtherAndCanBeCancelled() async throws {
        let vision = FakeVisionModel()
        let rig = try await VertexRig.start(vision: vision)
        try await rig.putTraining(12)
        // One second apart: of jobs made in the same instant either may come first.
        let first = try await create(rig)
        try await rig.wait(1)
        let names = [first, try await create(rig)].map { $0["name"]?.string ?? "" }
        vision.hold()
        _ = try await rig.settled(names[0], until: ["RUNNING"])
        #expect(try await rig.json(.get, "/v1/" + names[1])["state"] == "JOB_STATE_QUEUED")
        #expect(try await rig.json(.post, "/v1/\(names[0]):cancel", [:]) == [:])
        vision.release()
        let (job, seen) = try await rig.settled(names[0], until: ends)
        #expect(seen == ["CANCELLING", "CANCELLED"])
        #expect(job["error"]?["code"] == 1 && job["tunedModel"] == nil)
        #expect(try await rig.settled(names[1], until: ends).seen.last == "SUCCEEDED")
        await rig.close()
    }

    @Test func aFailureAfterTheTrainingLeavesAModelWithoutEndpoint() async throws {
        let rig = try await VertexRig.start {
            $0.faults = FaultScript(faults: [
                Fault.make(on: "tuningJobs.create") { $0.fails = .init(code: "13", message: "Failed to create endpoint.") }
            ])
        }
        try await rig.putTraining(12)
        let job = try await rig.settled(try await create(rig)["name"]?.string ?? "", until: ends).job
        #expect(job["state"] == "JOB_STATE_FAILED" && job["error"]?["code"] == 13)
        #expect(job["tunedModel"]?["model"] != nil && job["tunedModel"]?["endpoint"] == nil)
        #expect(try await rig.json(.get, VertexRig.parent + "/models")["models"]?.array?.count == 1)
        await rig.close()
    }

    @Test func theSecondGenerationAnswersInItsRegionAndInBatches() async throws {
        let rig = try await VertexRig.start()
        try await rig.putTraining(12)
        let job = try await rig.settled(
            try await create(rig, VertexRig.tuning(model: "gemini-2.5-flash"))["name"]?.string ?? "", until: ends
        ).job
        let endpoint = job["tunedModel"]?["endpoint"]?.string ?? ""
        #expect(try await ask(rig, endpoint, in: "us-central1").status == 200)
        #expect(try await ask(rig, endpoint, in: "us").status == 404)
        try await rig.put("in.jsonl", VertexRig.lines([VertexRig.request(VertexRig.inline("dog"))]))
        var batch = VertexRig.batch().object ?? [:]
        batch["model"] = job["tunedModel"]?["model"]
        let created = try await rig.json(.post, VertexRig.parent + "/batchPredictionJobs", .object(batch))
        #expect(try await rig.settled(created["name"]?.string ?? "", until: ends).seen.last == "SUCCEEDED")
        // One of the third generation is refused.
        let third = try await rig.settled(try await create(rig)["name"]?.string ?? "", until: ends).job
        batch["model"] = third["tunedModel"]?["model"]
        #expect(
            rig.status(try await rig.send(.post, VertexRig.parent + "/batchPredictionJobs", json: .object(batch)))
                == "FAILED_PRECONDITION")
        await rig.close()
    }
}
