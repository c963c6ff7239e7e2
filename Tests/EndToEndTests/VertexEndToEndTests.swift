// An experiment at the emulator of Google Vertex AI: base model in batch, tuned model, both online, under faults.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct VertexEndToEndTests {
    private static func spec(_ provider: String = "", checkpoints: Bool = true) -> String {
        """
        assay: 1
        name: small
        dataset:
          generate: { pictures: shapes, labels: 3, per_label: 12, seed: 7 }
        splits:
          main: { train: 8, validation: 1, test: 3, order: name }
        prompts:
          classify:
            system: "Classify the following input image into one of the following categories: [{{ labels }}]."
            user: [image]
        requests:
          json:  { prompt: classify, detail: low, answer: { json: label, name: Classification } }
          plain: { prompt: classify, detail: low, answer: text, max_tokens: 20 }
        providers:
          google: { kind: emulator, api: vertex, account: small, price_as: gemini-3.5-flash\(provider) }
        models:
          base: { provider: google, model: shapes-base }
          tuned:
            provider: google
            fine_tune:
              model: shapes-base
              data: { split: main, prompt: classify, detail: low, answer: text }
              hyperparameters: { epochs: 2, learning_rate_multiplier: 0.5, adapter_size: 4 }
              evaluate_checkpoints: \(checkpoints)
        evaluations:
          accuracy: { split: main.test, models: { base: { batch: json }, tuned: { online: plain } } }
          latency:  { split: main.test, concurrency: 1, models: { base: { online: plain }, tuned: { online: plain } } }
        baseline: base
        """
    }

    @Test func theWholeExperiment() throws {
        let project = try TestProject()
        try project.write("small.yaml", Self.spec())
        let plan = try project.assay("plan", "small.yaml")
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(plan.output.contains("(emulated)") && !plan.output.contains("deployment:"), "\(plan.output)")
        let run = try project.assay("run", "small.yaml")
        #expect(run.status == 0, "\(run.output)\n\(run.errors)")
        #expect(run.output.contains("tuned@epoch-1"), "\(run.output)")
        let requests = try project.requests(account: "small")
        #expect(requests["batchPredictionJobs.create"] == 1)
        #expect(requests["tuningJobs.create"] == 1)
        // Nothing is sent twice.
        let again = try project.assay("run", "small.yaml", "--json")
        #expect(again.status == 0)
        #expect(again.steps("ran").isEmpty, "\(again.output)")
        #expect(try project.requests(account: "small") == requests)
        let models = try project.assay("models")
        #expect(models.output.contains("from shapes-base by ") && !models.output.contains("deploys it again"), "\(models.output)")
        // The tuned model stays until it is deleted on request.
        let clean = try project.assay("jobs", "clean", "small.yaml")
        #expect(clean.errors.contains("--yes deletes it"), "\(clean.output)\(clean.errors)")
        #expect(!Self.reportsThatNothingRemains(clean), "\(clean.output)\(clean.errors)")
        // The files are gone by now; the model is not.
        let model = try project.assay("jobs", "clean", "small.yaml")
        #expect(!Self.reportsThatNothingRemains(model), "\(model.output)\(model.errors)")
        let deleted = try project.assay("jobs", "clean", "small.yaml", "--yes")
        #expect(
            deleted.status == 0 && deleted.output.contains("deleted model") || deleted.errors.contains("deleted model"),
            "\(deleted.output)\(deleted.errors)")
        let left = try project.requests(account: "small")
        #expect(left["endpoints.undeployModel"] == 2 && left["models.delete"] == 1, "\(left)")
        let last = try project.assay("jobs", "clean", "small.yaml")
        #expect(last.status == 0 && Self.reportsThatNothingRemains(last), "\(last.output)\(last.errors)")
    }

    private static func reportsThatNothingRemains(_ result: TestProject.Result) -> Bool {
        (result.output + result.errors).contains("nothing of this project remains")
    }

    /// Resources that cannot be listed may still exist.
    @Test(arguments: [
        ("no credentials", ["NO_GCE_CHECK": "true"]),
        ("a missing key file", ["GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/key.json"]),
    ])
    func withoutCredentialsNothingIsKnownToRemain(id: String, variables: [String: String]) throws {
        let project = try TestProject()
        let text = Self.spec(checkpoints: false)
            .replacing(
                "kind: emulator, api: vertex, account: small, price_as: gemini-3.5-flash",
                with: "kind: vertex, project: proj, location: global, bucket: bkt"
            )
            .replacing("shapes-base", with: "gemini-3.5-flash")
        try project.write("small.yaml", text)
        let environment = [
            "HOME": project.folder, "CLOUDSDK_CONFIG": project.folder, "GOOGLE_APPLICATION_CREDENTIALS": "",
        ].merging(variables) { $1 }
        let clean = try project.assay("jobs", "clean", "small.yaml", environment: environment)
        #expect(clean.status != 0, "\(id): \(clean.output)\(clean.errors)")
        #expect(!Self.reportsThatNothingRemains(clean), "\(id): \(clean.output)\(clean.errors)")
    }

    /// Guards: a forbidden region ended the cleanup, so that the models of the other region could not be deleted.
    @Test func aRegionThatCannotBeListedDoesNotStopTheCleanup() throws {
        let project = try TestProject()
        try project.write("small.yaml", Self.spec(checkpoints: false))
        #expect(try project.assay("run", "small.yaml").status == 0)
        try project.write("faults.yaml", "faults:\n  - { on: models.list, after: 1, status: 403 }\n")
        try project.write("small.yaml", Self.spec(", faults: faults.yaml", checkpoints: false))
        let clean = try project.assay("jobs", "clean", "small.yaml", "--yes")
        let text = clean.output + clean.errors
        #expect(clean.status == 0 && text.contains("deleted model"), "\(text)")
        #expect(text.contains("the tuned models in europe-west4 cannot be listed"), "\(text)")
        #expect(!Self.reportsThatNothingRemains(clean), "\(text)")
    }

    /// A deleted model fails its step once and immediately, and `--retry` tunes it again.
    @Test func deletedModelIsTunedAgainOnRequest() throws {
        let project = try TestProject()
        try project.write("small.yaml", Self.spec(checkpoints: false))
        #expect(try project.assay("run", "small.yaml").status == 0)
        #expect(try project.assay("jobs", "clean", "small.yaml", "--yes").status == 0)
        let changed = Self.spec(checkpoints: false).replacing("max_tokens: 20", with: "max_tokens: 21")
        try project.write("small.yaml", changed)
        let before = try project.requests(account: "small")["tuningJobs.create"]
        let failed = try project.assay("run", "small.yaml")
        let text = failed.output + failed.errors
        #expect(failed.status != 0 && text.contains("no longer exists at the provider"), "\(text)")
        #expect(text.contains("'assay run --retry' tunes it again"), "\(text)")
        let again = try project.assay("run", "small.yaml")
        #expect(again.status != 0)
        #expect(try project.requests(account: "small")["tuningJobs.create"] == before)
        #expect(try project.assay("jobs").output.contains("the model was deleted at the provider"))
        let retried = try project.assay("run", "small.yaml", "--retry")
        #expect(retried.status == 0, "\(retried.output)\n\(retried.errors)")
        #expect(before == 1)
        #expect(try project.requests(account: "small")["tuningJobs.create"] == 2)
        let last = try project.assay("run", "small.yaml", "--retry", "--json")
        #expect(last.status == 0 && last.steps("ran").isEmpty, "\(last.output)")
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var id: String
        var script: String
        var testDescription: String { id }
    }

    /// With any lost reply, only one batch and one tuning job are paid for.
    @Test(arguments: [
        Fault(id: "the batch's create reply is lost", script: "  - { on: batchPredictionJobs.create, cut: before }\n"),
        Fault(id: "the tuning job's create reply is lost", script: "  - { on: tuningJobs.create, cut: before }\n"),
        Fault(
            id: "both are lost and the lists are late",
            script: """
                  - { on: batchPredictionJobs.create, cut: before }
                  - { on: batchPredictionJobs.list, times: 3, stale: 100 }
                  - { on: tuningJobs.create, cut: before }
                  - { on: tuningJobs.list, times: 3, stale: 100 }

                """),
        Fault(id: "an upload's reply is lost", script: "  - { on: objects.insert, times: 2, cut: before }\n"),
        Fault(id: "a download is cut", script: "  - { on: objects.download, times: 2, cut: during }\n"),
        Fault(id: "capacity", script: "  - { on: generateContent, times: 5, status: 429 }\n"),
    ])
    func nothingIsPaidTwice(_ test: Fault) throws {
        let project = try TestProject()
        try project.write("faults.yaml", "faults:\n" + test.script)
        try project.write("small.yaml", Self.spec(", faults: faults.yaml", checkpoints: false))
        let run = try project.assay("run", "small.yaml")
        #expect(run.status == 0, "\(run.output)\n\(run.errors)")
        #expect(try project.records("batches").count == 1)
        #expect(try project.records("jobs").count == 1)
    }

    /// Guards against `adopt` refusing the id that Google's console shows, which is the last part of a job's name.
    @Test func adoptsByTheShortID() throws {
        let project = try TestProject()
        // Before a create call, lists are read twice: of batches in one region, of tuning jobs in two.
        let faults = [("batchPredictionJobs", 2), ("tuningJobs", 4)].map {
            "  - { on: \($0).create, cut: before }\n  - { on: \($0).list, after: \($1), times: 90, status: 500 }\n"
        }
        try project.write("faults.yaml", "faults:\n" + faults.joined())
        try project.write("small.yaml", Self.spec(", faults: faults.yaml", checkpoints: false))
        // One job is decided at a time, or both, depending on which is created first.
        var adopted: Set<String> = []
        for _ in 0..<3 where adopted.count < 2 {
            let run = try project.assay("run", "small.yaml")
            #expect(run.status == 5, "\(run.output)\n\(run.errors)")
            let listed = try JSONSerialization.jsonObject(with: Data(project.assay("jobs", "--json").output.utf8))
            let jobs = try #require((listed as? [String: Any])?["jobs"] as? [[String: Any]])
            for job in jobs where job["state"] as? String == "quarantined" {
                let kind = try #require(job["kind"] as? String)
                let number = "\(try #require(job["number"] as? Int))"
                let unknown = try project.assay("jobs", "adopt", number, "12345")
                #expect(unknown.status == 2 && unknown.errors.contains("has no \(kind) 12345"), "\(unknown.errors)")
                let record = try #require(try project.records(kind == "batch" ? "batches" : "jobs").first)
                let id = try #require(record["id"] as? String)
                #expect(!id.contains("/"))
                let done = try project.assay("jobs", "adopt", number, id)
                #expect(done.status == 0, "\(done.errors)")
                adopted.insert(kind)
            }
        }
        #expect(adopted == ["batch", "fine-tune"])
        try project.write("faults.yaml", "faults:\n")
        let last = try project.assay("run", "small.yaml")
        #expect(last.status == 0, "\(last.output)\n\(last.errors)")
        #expect(try project.records("batches").count == 1)
        #expect(try project.records("jobs").count == 1)
    }
}
