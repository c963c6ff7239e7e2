// Trust boundaries end to end: text of a provider never becomes a path, and keys go only where the user sends them.

import Foundation
import TestServer
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct TrustTests {
    static func spec(provider: String, ask: String = "batch") -> String {
        """
        assay: 1
        name: trust
        dataset: { generate: { pictures: shapes, labels: 2, per_label: 4, seed: 7, size: 32 } }
        splits: { main: { train: 1, validation: 1, test: 2, order: name } }
        prompts: { p: { system: "Classify into [{{ labels }}].", user: [image] } }
        requests: { r: { prompt: p, detail: low, answer: text, max_tokens: 20 } }
        providers: { f: \(provider) }
        models: { m: { provider: f, model: m } }
        evaluations: { a: { split: main.test, models: { m: { \(ask): r } } } }
        """
    }

    /// Guards against an `output_file_id` that is a path: the file there was overwritten and deleted.
    @Test(arguments: [true, false])
    func `a provider's file id is never a path`(isCut: Bool) throws {
        let project = try TestProject()
        let victim = project.folder + "/victim"
        try project.write("victim", "precious")
        let provider = try HostileProvider(outputFile: String(repeating: "../", count: 16) + victim) {
            isCut ? Data("ATTACKER CONTENT\n".utf8) : HostileProvider.answers(to: $0)
        }
        defer { provider.server.stop() }
        try project.write("spec.yaml", Self.spec(provider: "{ kind: openai, endpoint: \"\(provider.server.url)/v1\" }"))
        let run = try project.assay("run", "spec.yaml", "--yes", "--json")
        #expect(FileManager.default.contents(atPath: victim) == Data("precious".utf8))
        // Such an id would also change the address of the download, which is not sent.
        #expect(run.status == 1 && (run.output + run.errors).contains("would change the address"), "\(run.errors)")
        #expect(!provider.server.requests.contains { $0.path.hasSuffix("/content") })
    }

    /// Ids with a slash exist; they name one file, and one file only.
    @Test(arguments: ["files/abc-1", "a b?c#d", "..a"])
    func `an unusual file id is read`(id: String) throws {
        let project = try TestProject()
        let provider = try HostileProvider(outputFile: id)
        defer { provider.server.stop() }
        try project.write("spec.yaml", Self.spec(provider: "{ kind: openai, endpoint: \"\(provider.server.url)/v1\" }"))
        let run = try project.assay("run", "spec.yaml", "--yes", "--json")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        #expect(try project.unanswered(run) == 0)
    }

    /// An emulated account's name is the name of its folder.
    @Test(arguments: ["../outside", "/tmp/outside", "..", "a/b"])
    func `an emulated account is never a path`(account: String) throws {
        let project = try TestProject()
        try project.write(
            "spec.yaml", Self.spec(provider: "{ kind: emulator, account: \"\(account)\" }"))
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 2, "\(run.errors)")
        #expect(run.errors.contains("spec.yaml:7:"), "\(run.errors)")
        let emulate = try project.assay("emulate", "--account", account)
        #expect(emulate.status == 2, "\(emulate.errors)")
        #expect(emulate.errors.contains("cannot be a file name"))
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/.assay/outside"))
    }
}
