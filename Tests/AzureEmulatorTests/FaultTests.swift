// The fault script: each kind of fault from a client's view.

import AzureEmulator
import Basics
import EmulatorCore
import Foundation
import Platform
import Testing

struct FaultTests {
    private func rig(_ faults: [Fault], seed: UInt64? = nil, folder: URL? = nil) async throws -> Rig {
        try await Rig.start(folder: folder) { $0.faults = FaultScript(seed: seed, faults: faults) }
    }

    private func fault(_ operation: String, _ change: (inout Fault) -> Void) -> Fault {
        var fault = Fault(on: operation)
        change(&fault)
        return fault
    }

    @Test func statusHasItsHeadersAndNoEffect() async throws {
        let rig = try await rig([
            fault("files.create") {
                $0.status = 429
                $0.headers = ["retry-after-ms": "20"]
            }
        ])
        let refused = try await rig.upload("x")
        #expect(refused.status == 429)
        #expect(refused.fields["retry-after-ms"] == "20")
        #expect(try await rig.upload("x").status == 201)
        #expect(try await rig.json(.get, "/openai/files")["data"]?.array?.count == 1)
        await rig.close()
    }

    @Test(arguments: [
        (Fault.Cut.request, 0), (.before, 1), (.during, 1), (.after, 1),
    ])
    func aCutConnection(_ cut: Fault.Cut, _ created: Int) async throws {
        let rig = try await rig([fault("files.create") { $0.cut = cut }])
        if cut == .after {
            #expect(try await rig.upload("x").status == 201)
        } else {
            await #expect(throws: HTTPTransportError.self) { try await rig.upload("x") }
        }
        #expect(try await rig.json(.get, "/openai/files")["data"]?.array?.count == created)
        let log = try await rig.emulator.requests("files.create")
        #expect(log.count == 1)
        #expect(log.first?.fault?.contains(cut.rawValue) == true)
        await rig.close()
    }

    @Test(arguments: [5, -5])
    func wrongLengthIsAnIncompleteReply(_ difference: Int) async throws {
        let rig = try await rig([fault("files.list") { $0.wrongLength = difference }])
        let parsed = try? JSONValue(parsing: await rig.send(.get, "/openai/files").body)
        #expect(parsed == nil)
        #expect(try await rig.json(.get, "/openai/files")["object"] == "list")
        await rig.close()
    }

    @Test func aBodyTrickles() async throws {
        let rig = try await rig([fault("files.list") { $0.slowBody = 0.3 }])
        let response = try await rig.send(.get, "/openai/files")
        #expect(response.seconds > 0.25)
        #expect(try JSONValue(parsing: response.body)["object"] == "list")
        await rig.close()
    }

    @Test func aStaleListLacksTheNewest() async throws {
        let rig = try await rig([fault("files.list") { $0.stale = 30 }])
        _ = try await rig.upload("x")
        #expect(try await rig.json(.get, "/openai/files")["data"]?.array?.count == 0)
        #expect(try await rig.json(.get, "/openai/files")["data"]?.array?.count == 1)
        await rig.close()
    }

    @Test func chancesAreDrawnFromTheSeed() async throws {
        func refusals(_ seed: UInt64) async throws -> [Int] {
            let rig = try await rig(
                [
                    fault("files.list") {
                        $0.status = 500
                        $0.probability = 0.5
                    }
                ], seed: seed)
            var refused: [Int] = []
            for index in 0..<40 where try await rig.send(.get, "/openai/files").status == 500 { refused.append(index) }
            await rig.close()
            return refused
        }
        let first = try await refusals(7)
        #expect((8...32).contains(first.count))
        #expect(try await refusals(7) == first)
        #expect(try await refusals(8) != first)
    }

    @Test func countsOutliveARestart() async throws {
        let faults = [
            fault("files.list") {
                $0.after = 1
                $0.times = 2
                $0.status = 503
            }
        ]
        var statuses: [Int] = []
        let first = try await rig(faults)
        for _ in 0..<2 { statuses.append(try await first.send(.get, "/openai/files").status) }
        await first.emulator.stop()
        let second = try await rig(faults, folder: first.folder)
        for _ in 0..<2 { statuses.append(try await second.send(.get, "/openai/files").status) }
        #expect(statuses == [200, 503, 503, 200])
        await second.close()
    }

    struct BatchFault: CustomTestStringConvertible {
        var id: String
        var change: @Sendable (inout Fault) -> Void
        var status: String
        var completed: Int
        var failed: Int
        var testDescription: String { id }
    }

    static let batchFaults = [
        BatchFault(
            id: "fails", change: { $0.fails = Fault.Failure(code: "token_limit_exceeded", message: "full") },
            status: "failed", completed: 0, failed: 0),
        BatchFault(id: "expires", change: { $0.expiresAt = 0.5 }, status: "expired", completed: 5, failed: 5),
        BatchFault(id: "partly", change: { $0.partly = 0.3 }, status: "completed", completed: 3, failed: 7),
        BatchFault(id: "nothing", change: { $0.partly = 0 }, status: "completed", completed: 0, failed: 10),
        BatchFault(id: "stalls", change: { $0.stalls = 86_400 }, status: "completed", completed: 10, failed: 0),
    ]

    @Test(arguments: batchFaults)
    func batchesGoWrong(_ expected: BatchFault) async throws {
        let rig = try await rig([fault("batches.create", expected.change)])
        let lines = (0..<10).map { Rig.batchLine(String($0), "cat") }.joined(separator: "\n")
        let file = try await rig.processedFile(lines)
        let created = try await rig.json(
            .post, "/openai/batches",
            ["input_file_id": .string(file), "endpoint": "/chat/completions", "completion_window": "24h"])
        let path = "/openai/batches/\(created["id"]?.string ?? "")"
        let before = await rig.emulator.now()
        _ = try await rig.json(.post, "/emulator/wait", ["seconds": 3600])
        if expected.id == "stalls" {
            #expect(try await rig.json(.get, path)["status"] == "in_progress")
            #expect(try await rig.json(.get, path)["request_counts"]?["completed"] == 0)
            _ = try await rig.json(.post, "/emulator/wait", ["seconds": 90_000])
        }
        let done = try await rig.settled(path, until: ["completed", "failed", "expired"])
        #expect(done["status"]?.string == expected.status)
        #expect(done["request_counts"]?["completed"]?.int == expected.completed)
        #expect(done["request_counts"]?["failed"]?.int == expected.failed)
        #expect(await rig.emulator.now() > before)
        await rig.close()
    }

    @Test func jobsFailAndSkipImages() async throws {
        let rig = try await rig([
            fault("fine_tuning.jobs.create") { $0.skipsImages = 4 },
            fault("fine_tuning.jobs.create") { $0.fails = Fault.Failure(code: "500", message: "A system error") },
        ])
        let file = try await rig.processedFile(Rig.training(20), purpose: "fine-tune")
        var done: [JSONValue] = []
        for _ in 0..<2 {
            let job = try await rig.json(
                .post, "/openai/fine_tuning/jobs",
                [
                    "model": "shapes-base", "training_file": .string(file),
                    "hyperparameters": ["n_epochs": 1, "batch_size": 4],
                ])
            done.append(
                try await rig.settled(
                    "/openai/fine_tuning/jobs/\(job["id"]?.string ?? "")", until: ["succeeded", "failed"]))
        }
        #expect(done[0]["trained_tokens"]?.int == 16 * 98)
        let events = try await rig.json(.get, "/openai/fine_tuning/jobs/\(done[0]["id"]?.string ?? "")/events")
        #expect(
            events["data"]?.array?.contains { $0["message"]?.string?.contains("4 of 20 examples skipped") == true }
                == true)
        #expect(done[1]["status"] == "failed")
        #expect(done[1]["error"]?["message"] == "A system error")
        await rig.close()
    }

    @Test func deploymentSucceedsBeforeItAnswers() async throws {
        let rig = try await rig([
            fault("deployments.put") { $0.notReady = 300 },
            fault("deployments.delete") {
                $0.status = 409
                $0.code = "RequestConflict"
            },
        ])
        let path =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/test/deployments/d"
            + "?api-version=2024-10-01"
        _ = try await rig.json(
            .put, path,
            [
                "sku": ["name": "Standard", "capacity": 1],
                "properties": ["model": ["format": "OpenAI", "name": "shapes-base", "version": "1"]],
            ])
        try await rig.wait(100)
        #expect(try await rig.json(.get, path)["properties"]?["provisioningState"] == "Succeeded")
        let ask: JSONValue = ["messages": Rig.messages("cat")]
        let early = try await rig.send(.post, "/openai/deployments/d/chat/completions", json: ask)
        #expect(rig.errorCode(early) == "DeploymentNotReady")
        try await rig.wait(300)
        #expect(try await rig.send(.post, "/openai/deployments/d/chat/completions", json: ask).status == 200)
        #expect(try await rig.send(.delete, path).status == 409)
        #expect(try await rig.send(.delete, path).status == 202)
        await rig.close()
    }

    @Test func theContentFilterRefusesAsTheServiceDoes() async throws {
        let rig = try await rig([
            fault("chat.completions") {
                $0.status = 400
                $0.code = "content_filter"
                $0.message = "The response was filtered."
            }
        ])
        let response = try await rig.send(
            .post, "/openai/deployments/base/chat/completions", json: ["messages": Rig.messages("cat")])
        let error = try JSONValue(parsing: response.body)["error"]
        #expect(error?["code"] == "content_filter")
        #expect(error?["innererror"]?["code"] == "ResponsibleAIPolicyViolation")
        #expect(error?["innererror"]?["content_filter_result"]?["violence"]?["filtered"] == true)
        await rig.close()
    }
}
