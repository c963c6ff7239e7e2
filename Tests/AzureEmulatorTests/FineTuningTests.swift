// Fine-tuning: the states of a job, rejections, and the deployed result.

import AzureEmulator
import AzureWire
import Basics
import EmulatorCore
import EmulatorFakes
import Foundation
import Platform
import Testing

struct FineTuningTests {
    private func request(_ file: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(
            ["model": "shapes-base", "training_file": .string(file), "seed": 42].merging(more) { _, new in new })
    }

    @Test func trainsDeploysAndAnswers() async throws {
        let rig = try await Rig.start()
        let training = try await rig.processedFile(Rig.training(30), purpose: "fine-tune")
        let validation = try await rig.processedFile(Rig.training(12), purpose: "fine-tune")
        let created = try await rig.json(
            .post, "/openai/fine_tuning/jobs",
            request(
                training,
                [
                    "validation_file": .string(validation), "suffix": "mine-0123456789abcdef",
                    "hyperparameters": ["n_epochs": 2, "batch_size": 6], "trainingType": "globalstandard",
                ]))
        #expect(created["status"] == "pending")
        #expect(created["hyperparameters"] == ["n_epochs": 2, "batch_size": 6, "learning_rate_multiplier": -1])
        #expect(created["trainingType"] == "globalStandard")
        let id = try #require(created["id"]?.string)
        let path = "/openai/fine_tuning/jobs/\(id)"
        let done = try await rig.settled(path, until: ["succeeded", "failed"])
        #expect(done["status"] == "succeeded")
        let hex = id.dropFirst("ftjob-".count)
        #expect(done["fine_tuned_model"]?.string == "shapes-base.ft-\(hex)-mine-0123456789abcdef")
        // 30 examples of 12 tokens of prompt, 85 of image and 1 of answer, twice.
        #expect(done["trained_tokens"] == 5880)

        let page = try await rig.json(.get, path + "/events?api-version=\(Rig.version)&limit=100")
        let events: [FineTuningEvent] = try (page["data"]?.array ?? []).map { try $0.decoded() }
        #expect(events.last?.message == "Job enqueued. Waiting for jobs ahead to complete.")
        #expect(events.first?.message == "Job succeeded.")
        #expect(events.compactMap(\.metrics?.step) == (1...10).reversed())

        // By the references only v1's list of checkpoints has the ids of a page's ends.
        #expect(page["first_id"] == nil)
        let jobs = try await rig.json(.get, "/openai/v1/fine_tuning/jobs")
        #expect(jobs["data"]?.array?.first?["id"]?.string == id && jobs["first_id"] == nil)
        let v1 = try await rig.json(.get, "/openai/v1/fine_tuning/jobs/\(id)/checkpoints")
        #expect(v1["first_id"]?.string == v1["data"]?.array?.first?["id"]?.string)

        let kept = try await rig.json(.get, path + "/checkpoints")
        #expect(kept["data"]?.array?.count == 2)
        #expect(kept["data"]?.array?.first?["metrics"]?["full_valid_loss"] == 0.5)

        let results = try await rig.send(
            .get, "/openai/files/\(done["result_files"]?.array?.first?.string ?? "")/content")
        let rows = try ResultFile(parsing: String(decoding: results.body, as: UTF8.self)).rows
        #expect(rows.map(\.step) == (1...10).map { $0 })
        #expect(rows.first?.trainLoss == 1)

        try await deployAndAsk(rig, done["fine_tuned_model"]?.string ?? "")
        let bill = try #require(await rig.emulator.bill())
        #expect(bill.fineTuning.map(\.trainedTokens) == [5880])
        #expect(bill.fineTuning.first?.usd == Money(dollars: 5880 * 25 / 1e6))
        await rig.close()
    }

    private static let control =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/test/deployments"

    private func deployAndAsk(_ rig: Rig, _ model: String) async throws {
        let path = Self.control + "/tuned?api-version=2024-10-01"
        let put = try await rig.send(
            .put, path,
            json: [
                "sku": ["name": "Standard", "capacity": 50],
                "properties": ["model": ["format": "OpenAI", "name": .string(model), "version": "1"]],
            ])
        #expect(put.status == 201)
        #expect(try JSONValue(parsing: put.body)["properties"]?["provisioningState"] == "Creating")
        let ask: JSONValue = ["messages": Rig.messages("eel")]
        let early = try await rig.send(.post, "/openai/deployments/tuned/chat/completions", json: ask)
        #expect(early.status == 404)
        #expect(rig.errorCode(early) == "DeploymentNotFound")
        try await rig.wait(60)
        let ready = try await rig.json(.get, path)
        #expect(ready["properties"]?["provisioningState"] == "Succeeded")
        let answer = try await rig.json(.post, "/openai/deployments/tuned/chat/completions", ask)
        #expect(answer["choices"]?.array?.first?["message"]?["content"] == "eel")
        #expect(answer["model"]?.string == model)
        try await rig.wait(3600)
        let deleted = try await rig.send(.delete, path)
        #expect(deleted.status == 202)
        try await rig.wait(3600)
        #expect(try await rig.send(.get, path).status == 404)
        #expect(try await rig.send(.delete, path).status == 204)
        let hosting = try #require(await rig.emulator.bill()?.hosting.first)
        #expect(hosting.hours == 1)
        #expect(hosting.usd == Money(dollars: 1.7))
    }

    /// The provider deletes the deployment of a custom model after 15 days without a request, and keeps the model.
    @Test func unusedDeploymentIsDeleted() async throws {
        let rig = try await Rig.start()
        let file = try await rig.processedFile(Rig.training(10), purpose: "fine-tune")
        let created = try await rig.json(.post, "/openai/fine_tuning/jobs", request(file))
        let done = try await rig.settled(
            "/openai/fine_tuning/jobs/\(created["id"]?.string ?? "")", until: ["succeeded"])
        let model = try #require(done["fine_tuned_model"]?.string)
        let path = Self.control + "/idle?api-version=2024-10-01"
        let body: JSONValue = [
            "sku": ["name": "standard", "capacity": 50],
            "properties": ["model": ["format": "OpenAI", "name": .string(model), "version": "1"]],
        ]
        #expect(try await rig.send(.put, path, json: body).status == 201)
        let day = 86_400.0
        try await rig.wait(60 + 14 * day)
        _ = try await rig.json(
            .post, "/openai/deployments/idle/chat/completions", ["messages": Rig.messages("eel")])
        try await rig.wait(14 * day)
        #expect(try await rig.send(.get, path).status == 200)
        try await rig.wait(2 * day)
        #expect(try await rig.send(.get, path).status == 404)
        #expect(try #require(await rig.emulator.bill()?.hosting.first).hours.rounded() == 29 * 24)
        #expect(try await rig.send(.put, path, json: body).status == 201)
        await rig.close()
    }

    /// The provider's quota page: so many deployments, and fewer of fine-tuned models.
    @Test func moreDeploymentsThanAnAccountHolds() async throws {
        let rig = try await Rig.start {
            $0.limits.deployments = 4
            $0.limits.fineTunedDeployments = 1
        }
        let file = try await rig.processedFile(Rig.training(10), purpose: "fine-tune")
        let created = try await rig.json(.post, "/openai/fine_tuning/jobs", request(file))
        let done = try await rig.settled(
            "/openai/fine_tuning/jobs/\(created["id"]?.string ?? "")", until: ["succeeded"])
        func put(_ name: String, _ model: String) async throws -> HTTPResponseValue {
            try await rig.send(
                .put, Self.control + "/\(name)?api-version=2024-10-01",
                json: [
                    "sku": ["name": "Standard", "capacity": 1],
                    "properties": ["model": ["format": "OpenAI", "name": .string(model), "version": "1"]],
                ])
        }
        let tuned = try #require(done["fine_tuned_model"]?.string)
        #expect(try await put("one", tuned).status == 201)
        let second = try await put("two", tuned)
        #expect(second.status == 429)
        #expect(rig.errorCode(second) == "InsufficientQuota")
        // Two exist from the start.
        #expect(try await put("three", "shapes-base").status == 201)
        #expect(try await put("four", "shapes-base").status == 429)
        await rig.close()
    }

    struct Refusal: CustomTestStringConvertible {
        var id: String
        var change: [String: JSONValue]
        var testDescription: String { id }
    }

    static let refusals = [
        Refusal(id: "no epochs", change: ["hyperparameters": ["n_epochs": 0]]),
        Refusal(id: "51 epochs", change: ["hyperparameters": ["n_epochs": 51]]),
        Refusal(id: "batch of 257", change: ["hyperparameters": ["batch_size": 257]]),
        Refusal(id: "negative rate", change: ["hyperparameters": ["learning_rate_multiplier": -0.5]]),
        Refusal(id: "dot in suffix", change: ["suffix": "a.b"]),
        Refusal(id: "suffix of 41", change: ["suffix": .string(String(repeating: "a", count: 41))]),
        Refusal(id: "unknown model", change: ["model": "gpt-4o"]),
        Refusal(id: "unknown training type", change: ["trainingType": "spot"]),
        Refusal(id: "seed too large", change: ["seed": 2_147_483_648]),
    ]

    @Test(arguments: refusals)
    func refuses(_ refusal: Refusal) async throws {
        let rig = try await Rig.start()
        let file = try await rig.processedFile(Rig.training(10), purpose: "fine-tune")
        let response = try await rig.send(
            .post, "/openai/fine_tuning/jobs", json: request(file, refusal.change))
        #expect(response.status == 400)
        #expect(rig.errorCode(response) == "invalidPayload")
        await rig.close()
    }

    @Test(arguments: [
        ("nine examples", Rig.training(9)),
        ("no JSON", Rig.training(12) + "{\n"),
        ("image of the assistant", Rig.training(12).replacing("\"role\":\"user\"", with: "\"role\":\"assistant\"")),
    ])
    func aBadFileFailsTheJob(_ id: String, _ content: String) async throws {
        let rig = try await Rig.start()
        let file = try await rig.processedFile(content, purpose: "fine-tune")
        let created = try await rig.json(.post, "/openai/fine_tuning/jobs", request(file))
        let done = try await rig.settled(
            "/openai/fine_tuning/jobs/\(created["id"]?.string ?? "")", until: ["succeeded", "failed"])
        #expect(done["status"] == "failed")
        #expect(done["error"]?["code"] == "jsonlValidationFailed")
        #expect(try #require(await rig.emulator.bill()).total == .zero)
        await rig.close()
    }

    /// Reports of users: a form of more than 150 MB is taken, and the job with its file ends without a reason.
    @Test(arguments: [true, false]) func aFormThatIsTooLargeFailsItsJob(isTooLarge: Bool) async throws {
        let content = Rig.training(10)
        let rig = try await Rig.start { $0.limits.formBytes = content.utf8.count - (isTooLarge ? 1 : 0) }
        let file = try await rig.processedFile(content, purpose: "fine-tune")
        let created = try await rig.json(.post, "/openai/fine_tuning/jobs", request(file))
        let done = try await rig.settled(
            "/openai/fine_tuning/jobs/\(created["id"]?.string ?? "")", until: ["succeeded", "failed"])
        #expect(done["status"]?.string == (isTooLarge ? "failed" : "succeeded"))
        #expect(done["error"]?["code"]?.string == (isTooLarge ? "500" : nil))
        await rig.close()
    }

    /// Training types and methods are of the previews: the stable reference names neither.
    @Test(arguments: ["method", "trainingType"]) func aStableVersionDoesNotKnow(_ name: String) async throws {
        let rig = try await Rig.start()
        let file = try await rig.processedFile(Rig.training(10), purpose: "fine-tune")
        let value: JSONValue = name == "method" ? ["type": "supervised"] : "standard"
        let response = try await rig.send(
            .post, "/openai/fine_tuning/jobs?api-version=2024-10-21",
            json: ["model": "shapes-base", "training_file": .string(file), name: value])
        #expect(response.status == 400)
        #expect(String(decoding: response.body, as: UTF8.self).contains("'\(name)'"))
        await rig.close()
    }

    @Test func aByteOrderMarkIsAccepted() async throws {
        let rig = try await Rig.start()
        let file = try await rig.processedFile("\u{FEFF}" + Rig.training(10), purpose: "fine-tune")
        let created = try await rig.json(.post, "/openai/fine_tuning/jobs", request(file))
        let done = try await rig.settled(
            "/openai/fine_tuning/jobs/\(created["id"]?.string ?? "")", until: ["succeeded", "failed"])
        #expect(done["status"] == "succeeded")
        await rig.close()
    }

    @Test func jobsWaitForASlotAndOneCanBeCancelled() async throws {
        let vision = FakeVisionModel()
        vision.hold()
        let rig = try await Rig.start(vision: vision) { $0.limits.runningJobs = 1 }
        let file = try await rig.processedFile(Rig.training(10), purpose: "fine-tune")
        var paths: [String] = []
        for _ in 0..<2 {
            let job = try await rig.json(.post, "/openai/fine_tuning/jobs", request(file))
            paths.append("/openai/fine_tuning/jobs/\(job["id"]?.string ?? "")")
        }
        try await rig.wait(1000)
        var states: [String] = []
        for path in paths { states.append(try await rig.json(.get, path)["status"]?.string ?? "") }
        #expect(states.sorted() == ["pending", "running"])
        let running = states[0] == "running" ? paths[0] : paths[1]
        let other = states[0] == "running" ? paths[1] : paths[0]
        #expect(try await rig.json(.post, running + "/cancel")["status"] == "cancelled")
        vision.release()
        #expect(try await rig.settled(other, until: ["succeeded"])["status"] == "succeeded")
        #expect(try await rig.json(.get, running)["status"] == "cancelled")
        #expect(try await rig.send(.delete, other).status == 204)
        await rig.close()
    }

    @Test func killedTrainingRestarts() async throws {
        let vision = FakeVisionModel()
        vision.hold()
        let first = try await Rig.start(vision: vision)
        let file = try await first.processedFile(Rig.training(10), purpose: "fine-tune")
        let job = try await first.json(.post, "/openai/fine_tuning/jobs", request(file))
        let path = "/openai/fine_tuning/jobs/\(job["id"]?.string ?? "")"
        _ = try await first.settled(path, until: ["running"])
        await first.emulator.stop()
        let second = try await Rig.start(folder: first.folder)
        #expect(try await second.settled(path, until: ["succeeded", "failed"])["status"] == "succeeded")
        let events = try await second.json(.get, path + "/events?api-version=\(Rig.version)&limit=100")
        let started = (events["data"]?.array ?? []).filter { $0["message"] == "Job started." }
        #expect(started.count == 1)
        await second.close()
    }
}
