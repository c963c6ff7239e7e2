// Deployments created for a run are deleted unless the user requested otherwise.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct LeaseTests {
    /// A base model that is deployed for the run, so that nothing has to be trained.
    private func spec(keep: String? = nil, faults: String? = nil) -> String {
        BatchExperiment.spec(faults: faults)
            .replacingOccurrences(
                of: "deployment: base, batch_deployment: base-batch",
                with: "deploy: { sku: Standard, capacity: 100\(keep.map { ", keep: \($0)" } ?? "") }"
            )
            .replacingOccurrences(of: "base: { batch: json }", with: "base: { online: json }")
    }

    private func project(_ spec: String, faults: String = "") throws -> TestProject {
        let project = try TestProject()
        try project.write("faults.yaml", "faults:\n" + faults)
        try project.write("small.yaml", spec)
        return project
    }

    @Test func nothingIsLeftOn() throws {
        let project = try project(spec())
        let run = try project.assay("run", "small.yaml")
        #expect(run.status == 0, "\(run.errors)\(run.output)")
        #expect(run.output.contains("Deployments still running: none"))
        #expect(try project.deploymentsLeft() == 0)
    }

    @Test(arguments: ["true", "2h"]) func keptWhenAsked(keep: String) throws {
        let project = try project(spec(keep: keep))
        let run = try project.assay("run", "small.yaml")
        #expect(run.status == 0, "\(run.errors)\(run.output)")
        #expect(run.output.contains("Deployments still running: assay-"), "\(run.output)")
        #expect(try project.deploymentsLeft() == 1)
        // The next command leaves it alone, too.
        #expect(try project.assay("status").output.contains("bills: assay-"))
        #expect(try project.assay("run", "small.yaml").status == 0)
        #expect(try project.deploymentsLeft() == 1)
        let cleaned = try project.assay("jobs", "clean", "small.yaml")
        #expect(cleaned.status == 0, "\(cleaned.errors)")
        #expect(try project.deploymentsLeft() == 0)
        #expect(try project.assay("status").output.contains("nothing is running or billed"))
    }

    @Test func keptForAWhileOnly() throws {
        let project = try project(spec(keep: "1s"))
        #expect(try project.assay("run", "small.yaml").status == 0)
        #expect(try project.deploymentsLeft() == 1)
        Thread.sleep(forTimeInterval: 1.5)
        let next = try project.assay("run", "small.yaml", "--set", "evaluations.accuracy.repeats=2")
        #expect(next.status == 0, "\(next.errors)\(next.output)")
        let status = try project.assay("status")
        Thread.sleep(forTimeInterval: 1.5)
        #expect(try project.assay("status").output.contains("nothing is running or billed"), "\(status.output)")
        #expect(try project.deploymentsLeft() == 0)
    }

    @Test func aProviderThatRefusesTheFirstDeletes() throws {
        let project = try project(
            spec(faults: "faults.yaml"),
            faults: """
                  - { on: deployments.delete, times: 2, status: 409, code: RequestConflict }
                  - { on: deployments.delete, times: 1, status: 403, code: AuthorizationFailed }

                """)
        let run = try project.assay("run", "small.yaml")
        #expect(run.status == 0, "\(run.errors)\(run.output)")
        #expect(run.output.contains("has not deleted"), "\(run.output)")
        #expect(run.output.contains("Deployments still running: none"))
        #expect(try project.deploymentsLeft() == 0)
    }

    /// The provider never deletes during this run: the run reports it, and the next command deletes.
    @Test func whatCannotBeDeletedIsSaid() throws {
        let project = try project(
            spec(faults: "faults.yaml"),
            faults: "  - { on: deployments.delete, times: 5, status: 403, code: AuthorizationFailed }\n")
        let run = try project.assay("run", "small.yaml")
        #expect(run.output.contains("could not be deleted"), "\(run.output)")
        #expect(run.output.contains("Deployments still running: assay-"))
        #expect(try project.deploymentsLeft() == 1)
        let status = try project.assay("status")
        #expect(status.status == 0, "\(status.errors)")
        #expect(try project.deploymentsLeft() == 0, "\(status.output)\(status.errors)")
    }

    /// Two fine-tuned models that differ in their suffix alone are one model, and share its deployment.
    private static func sharing(keep: String = "false") -> String {
        func model(_ suffix: String, keep: String) -> String {
            """
              t\(suffix):
                provider: local
                fine_tune: { model: shapes-base, method: supervised, suffix: \(suffix), data: { split: main, prompt: classify, detail: low, answer: text }, hyperparameters: { batch_size: 6, learning_rate_multiplier: 0.5, n_epochs: 1 }, seed: 42 }
                deploy: { sku: Standard, capacity: 500, keep: \(keep) }
            """
        }
        return """
            assay: 1
            name: shared
            dataset: { generate: { pictures: shapes, labels: 3, per_label: 20, seed: 7 } }
            splits: { main: { train: 4, validation: 1, test: 15, order: name } }
            prompts:
              classify:
                system: "Classify the following input image into one of the following categories: [{{ labels }}]."
                user: [image]
            requests:
              one: { prompt: classify, detail: low, answer: text, max_tokens: 20, seed: 1 }
              two: { prompt: classify, detail: low, answer: text, max_tokens: 20, seed: 2 }
            providers: { local: { kind: emulator, account: small, latency: { mean_ms: 150 } } }
            models:
            \(model("a", keep: "false"))
            \(model("b", keep: keep))
            evaluations:
              short: { split: main.validation, models: { ta: { online: one } } }
              long: { split: main.test, models: { tb: { online: two } } }
            """
    }

    /// Guards against a deployment deleted by the first group of steps that ends, under the questions of another: the last
    /// of its users deletes it.
    @Test func theLastOfTwoModelsDeletes() throws {
        let project = try project(Self.sharing())
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        let requests = try project.requests(account: "small")
        #expect(requests["deployments.put"] == requests["deployments.delete"], "\(requests)")
        #expect(requests["chat.completions"] == 48, "no question was asked in vain: \(requests)")
        #expect(try project.deploymentsLeft() == 0)
    }

    /// Of those who share a deployment one wants it kept: it stays.
    @Test func keptWhenOneOfThemAsks() throws {
        let project = try project(Self.sharing(keep: "2h"))
        let run = try project.assay("run", "small.yaml")
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        #expect(try project.deploymentsLeft() == 1)
        #expect(try project.assay("status").output.contains("kept until"))
        #expect(try project.assay("jobs", "clean", "small.yaml").status == 0)
        #expect(try project.deploymentsLeft() == 0)
    }

    /// The deployment is torn down when what uses it fails, and after a kill by the next command.
    @Test func failureAndDeath() throws {
        let failing = try project(
            spec(faults: "faults.yaml"),
            faults: "  - { on: chat.completions, after: 3, times: 100, status: 400, code: bad, message: no }\n")
        let failed = try failing.assay("run", "small.yaml")
        #expect(failed.status == 1)
        #expect(failed.output.contains("Deployments still running: none"), "\(failed.output)")
        #expect(try failing.deploymentsLeft() == 0)

        let killed = try project(
            spec(faults: "faults.yaml"), faults: "  - { on: chat.completions, times: 100, delay: 2 }\n")
        let (process, _, _) = killed.process(["run", "small.yaml"])
        try process.run()
        let deadline = Date().addingTimeInterval(60)
        while Date() < deadline, try killed.deploymentsLeft() == 0 { Thread.sleep(forTimeInterval: 0.05) }
        Thread.sleep(forTimeInterval: 1)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(try killed.deploymentsLeft() == 1)
        let status = try killed.assay("status")
        #expect(status.status == 0, "\(status.errors)")
        #expect(try killed.deploymentsLeft() == 0, "\(status.output)\(status.errors)")
    }

    @Test func aDeploymentThatIsNotReadyYet() throws {
        let project = try project(
            spec(faults: "faults.yaml"), faults: "  - { on: deployments.put, not_ready: 200 }\n")
        let run = try project.assay("run", "small.yaml")
        #expect(run.status == 0, "\(run.errors)\(run.output)")
        #expect(try project.deploymentsLeft() == 0)
    }

    /// A refusal of the content filter is a result, and no reason to ask again.
    @Test func aContentFilterRefusalIsAResult() throws {
        let project = try project(
            spec(faults: "faults.yaml"),
            faults: "  - { on: chat.completions, times: 2, status: 400, code: content_filter, message: no }\n")
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        #expect(try project.requests(account: "small")["chat.completions"] == 9)
        #expect(try project.unanswered(run) == 2)
    }

    /// Guards against a deployment deleted under another project that uses it: two stores at one provider share it, and the
    /// last of them deletes it.
    @Test func twoProjectsShareOne() throws {
        let short = try TestProject(), long = try TestProject()
        try short.write("faults.yaml", "faults:\n  - { on: chat.completions, times: 60, delay: 1 }\n")
        let server = try short.emulator(["--faults", short.folder + "/faults.yaml"])
        defer { server.stop() }
        let environment = ["ASSAY_EMULATOR": server.address]
        let whole = spec().replacingOccurrences(of: "per_label: 4", with: "per_label: 16")
            .replacingOccurrences(of: "test: 3", with: "test: 15")
        try long.write("small.yaml", whole)
        try short.write("small.yaml", whole.replacingOccurrences(of: "test: 15", with: "test: 1"))
        let (process, errors, _) = long.process(["run", "small.yaml", "--json"], environment: environment)
        try process.run()
        let place = server.folder + "/small/deployments"
        let deadline = Date().addingTimeInterval(60)
        while Date() < deadline, process.isRunning, try TestProject.deployments(in: place) == 0 {
            Thread.sleep(forTimeInterval: 0.02)
        }
        let run = try short.assay("run", "small.yaml", environment: environment)
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        #expect(run.output.contains("another project uses it"), "\(run.output)")
        #expect(process.isRunning, "it still asks")
        #expect(try TestProject.deployments(in: place) == 1)
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
        #expect(try TestProject.deployments(in: place) == 0)
    }
}
