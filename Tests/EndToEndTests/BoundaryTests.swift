// Trust boundaries end to end: secret files, values of variables, damaged state, lost output.

import Foundation
import TestServer
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct BoundaryTests {
    private static let secret = "hush-hush-1234567890"

    struct Naming: Sendable, CustomTestStringConvertible {
        var id: String
        var spec: String
        var testDescription: String { id }
    }

    private static let rest = """
        splits: { main: { train: 1, validation: 1, test: 1, order: name } }
        models: { cnn: { train: { architecture: small_cnn, weights: none, data: { split: main }, epochs: 1, batch_size: 1, \
        optimizer: { sgd: { learning_rate: 0.1 } }, schedule: constant, seed: 1 } } }
        evaluations: { a: { split: main.test, models: { cnn: {} } } }
        """
    private static let head = "assay: 1\nname: a\n"
    private static let pictures = "dataset: { generate: { pictures: shapes, labels: 2, per_label: 3, seed: 7, size: 32 } }\n"

    /// Every key that names a file with text that could be shown. `FILE` is replaced.
    static let namings: [Naming] = [
        Naming(id: "extends", spec: "extends: FILE\n" + head + pictures + rest),
        Naming(id: "prices", spec: head + "prices: FILE\n" + pictures + rest),
        Naming(id: "a table", spec: head + "dataset: { table: FILE }\n" + rest),
        Naming(
            id: "expected labels",
            spec: head + "dataset: { folder: pictures, expect: { labels: FILE } }\n" + rest),
        Naming(
            id: "a fault script",
            spec: head + pictures + "providers: { p: { kind: emulator, account: a, faults: FILE } }\n" + rest),
    ]

    /// Guards against a stranger's spec that has a file of secrets quoted in messages, in the ledger and in reports.
    @Test(arguments: namings, [".env", "../.env", "secrets/.env.local", "id_rsa", "link.csv", "link.yaml", "keys/server.pem"])
    func aFileOfSecretsIsNotRead(naming: Naming, file: String) throws {
        let project = try TestProject()
        let files = FileManager.default
        for folder in ["inner/secrets", "inner/keys", "inner/pictures/x"] {
            try files.createDirectory(atPath: project.folder + "/" + folder, withIntermediateDirectories: true)
        }
        let text = "KEY=\(Self.secret)\nimage,label: \(Self.secret)\n"
        for name in [".env", "inner/secrets/.env.local", "inner/id_rsa", "inner/keys/server.pem", "elsewhere.env"] {
            try project.write(name, text)
        }
        try project.write("inner/.env", "KEY=\(Self.secret)\n")
        for link in ["link.csv", "link.yaml"] {
            try files.createSymbolicLink(atPath: project.folder + "/inner/" + link, withDestinationPath: "../.env")
        }
        try project.write("inner/spec.yaml", naming.spec.replacing("FILE", with: file))
        for command in [["validate", "inner/spec.yaml"], ["run", "inner/spec.yaml", "--yes", "--json"]] {
            let result = try project.assay(command)
            // A fault script behind a link is read when the emulator starts.
            if naming.id != "a fault script" || !file.hasPrefix("link") {
                #expect(result.status == 2 || result.status == 1, "\(command): \(result.errors)\(result.output)")
            }
            #expect(!(result.errors + result.output).contains("hush"), "\(command): \(result.errors)\(result.output)")
        }
        for case let path as String in files.enumerator(atPath: project.folder + "/.assay") ?? .init() {
            let bytes = files.contents(atPath: project.folder + "/.assay/" + path) ?? Data()
            #expect(bytes.range(of: Data("hush".utf8)) == nil, "\(path)")
        }
    }

    /// A file that is not YAML, with a neutral name.
    @Test(arguments: namings.prefix(2)) func anUnreadableFileIsNotQuoted(naming: Naming) throws {
        let project = try TestProject()
        try project.write("notes", "KEY=\(Self.secret)\nother: [\(Self.secret)\n")
        try project.write("spec.yaml", naming.spec.replacing("FILE", with: "notes"))
        let result = try project.assay("validate", "spec.yaml")
        #expect(
            result.status == 2 && result.errors.contains("spec.yaml:") && result.errors.contains("'notes'"), "\(result.errors)")
        #expect(!result.errors.contains("hush"), "\(result.errors)")
    }

    /// Guards against the value of any variable in the name of a host, which the question about trust showed.
    @Test func aVariableWithinAHostIsNamedNotShown() throws {
        let project = try TestProject()
        let environment = ["PRIVATE": Self.secret, "XDG_CONFIG_HOME": project.folder + "/config", "TEST_KEY": "k"]
        try project.write("prices.yaml", TrustTests.prices)
        try project.write(
            "spec.yaml",
            TrustTests.azureSpec(
                provider: "{ kind: azure-openai, endpoint: \"https://${PRIVATE}.gateway.example\", api_key: \"${TEST_KEY}\" }"))
        let run = try project.assay("run", "spec.yaml", "--yes", environment: environment)
        #expect(run.status == 2 && run.errors.contains("${PRIVATE}.gateway.example"), "\(run.errors)")
        #expect(!(run.errors + run.output).contains("hush"), "\(run.errors)")
        // A whole address in a variable is shown, because the user must see the host.
        try project.write(
            "spec.yaml",
            TrustTests.azureSpec(provider: "{ kind: azure-openai, endpoint: \"${ADDRESS}\", api_key: \"${TEST_KEY}\" }"))
        let other = try project.assay(
            "run", "spec.yaml", "--yes", environment: environment.merging(["ADDRESS": "https://gateway.example"]) { $1 })
        #expect(other.status == 2 && other.errors.contains("assay trust gateway.example"), "\(other.errors)")
    }

    /// Guards against the value of a variable in an archive's address in messages and facts.
    @Test(arguments: ["http://HOST/${PRIVATE}/data.tar", "http://HOST/data.tar?key=${PRIVATE}"])
    func aVariableInAnArchivesAddressIsNotShown(address: String) throws {
        let project = try TestProject()
        let server = try TestServer { _, _ in .json(404, "{}") }
        defer { server.stop() }
        let text = address.replacing("HOST", with: "127.0.0.1:\(server.port)")
        try project.write("spec.yaml", Self.head + "dataset: { archive: \"\(text)\" }\n" + Self.rest)
        let run = try project.assay("run", "spec.yaml", "--yes", "--json", environment: ["PRIVATE": Self.secret])
        #expect(run.status != 0 && !server.requests.isEmpty, "\(run.errors)\(run.output)")
        #expect(!(run.errors + run.output).contains("hush"), "\(run.errors)\(run.output)")
    }

    /// Guards against a batch with answers that may cost more than the budget: only its expected cost was reserved.
    @Test(arguments: ["batch", "fine-tune"]) func aJobThatMayExceedTheBudgetIsNotSent(kind: String) throws {
        let project = try TestProject()
        let server = try TestServer { _, _ in .json(404, #"{"error":{"message":"no such path"}}"#) }
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 8)
        try project.write(
            "prices.yaml",
            "assay-prices: 1\ndate: 2026-01-01\nmodels: { gpt-4o-2024-08-06: { input: 2500, output: 10000, "
                + "training: { standard: 25000 } }, 'ft:gpt-4o-2024-08-06': { input: 2500, output: 10000 } }\n")
        let model =
            kind == "batch"
            ? "{ provider: there, model: gpt-4o-2024-08-06 }"
            : "{ provider: there, fine_tune: { model: gpt-4o-2024-08-06, data: { split: main, prompt: p, detail: low } } }"
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: budget
            dataset: { folder: pictures }
            splits: { main: { train: 6, validation: 0, test: 2, order: name } }
            prompts: { p: { system: "One of [{{ labels }}].", user: [image] } }
            requests: { r: { prompt: p, detail: low, answer: text, max_tokens: 2000 } }
            providers: { there: { kind: openai, endpoint: "\(server.url)/v1" } }
            models: { asked: \(model) }
            evaluations: { a: { split: main.test, models: { asked: { \(kind == "batch" ? "batch" : "online"): r } } } }
            prices: prices.yaml
            """)
        let plan = try project.assay("plan", "spec.yaml", "--json")
        let document = try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any]
        let steps = document?["steps"] as? [[String: Any]] ?? []
        let paid = try #require(steps.first { $0["kind"] as? String == (kind == "batch" ? "run-batch" : "fine-tune") })
        let cost = try #require(paid["cost_usd"] as? [String: Any], "\(plan.output)\(plan.errors)")
        let (expected, high) = (try #require(cost["expected"] as? Double), try #require(cost["high"] as? Double))
        #expect(high > expected * 1.1, "\(cost)")
        let run = try project.assay("run", "spec.yaml", "--yes", "--json", "--budget", String((expected + high) / 2))
        #expect(run.status == 4, "\(run.errors)\(run.output.suffix(1500))")
        #expect(run.output.contains("budget"), "\(run.output.suffix(1500))")
        #expect(!server.requests.contains { $0.method == "POST" && !$0.path.hasSuffix("/files") })
    }

    /// Guards against output on a full disk that a script takes for whole.
    @Test(arguments: [["schema"], ["--help"], ["prices", "--json"]]) func lostOutputIsAnError(arguments: [String]) throws {
        let project = try TestProject()
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        // A limit of zero bytes is reached immediately.
        shell.arguments = [
            "-c", "trap '' XFSZ; ulimit -f 0; '\(TestProject.products)/assay' \(arguments.joined(separator: " ")) > out",
        ]
        shell.currentDirectoryURL = URL(fileURLWithPath: project.folder)
        let errors = Pipe()
        shell.standardError = errors
        try shell.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 1)
        #expect(text.contains("standard output cannot be written: File too large"), "\(text)")
    }

    @Test(arguments: ["99999", "-1", "65536"]) func invalidPortIsRejected(port: String) throws {
        let project = try TestProject()
        let result = try project.assay("emulate", "--account", "a", "--port=\(port)")
        #expect(result.status == 2 && result.errors.contains("65535"), "\(result.errors)")
    }

    /// Guards against errors that do not name the damaged file, and an unreadable account treated as new.
    @Test(arguments: ["account.json", "files", "batches", "deployments"]) func aDamagedFileIsNamed(part: String) throws {
        let project = try TestProject()
        try project.write("small.yaml", BatchExperiment.spec())
        #expect(try project.assay("run", "small.yaml").status == 0)
        let folder = project.folder + "/.assay/emulator/small/"
        let name =
            part.hasSuffix(".json")
            ? part
            : try #require(
                try FileManager.default.contentsOfDirectory(atPath: folder + part).first { $0.hasSuffix(".json") }
                    .map { part + "/" + $0 })
        try Data("{\"version\":1".utf8).write(to: URL(fileURLWithPath: folder + name))
        try project.write("small.yaml", BatchExperiment.spec().replacing("Classify", with: "Sort"))
        let run = try project.assay("run", "small.yaml")
        #expect(run.status == 1, "\(run.errors)")
        #expect(
            (run.errors + run.output).contains(name) && (run.errors + run.output).contains("is damaged"),
            "\(run.errors)\(run.output)")
    }

    /// Guards against a subscription that is `..`: the deployment's lease stayed, and each later command tried for a minute.
    @Test func aNameThatWouldChangeTheAddressIsRefusedBefore() throws {
        let project = try TestProject()
        let server = try TestServer { _, _ in .json(404, "{}") }
        defer { server.stop() }
        func spec(_ subscription: String) -> String {
            TrustTests.azureSpec(
                provider:
                    "{ kind: azure-openai, endpoint: \"\(server.url)\", auth: { bearer: \"${TEST_KEY}\" }, control_plane: { "
                    + "subscription: \"\(subscription)\", resource_group: g, account: a, endpoint: \"\(server.url)\" } }"
            ).replacing("deployment: d", with: "deploy: { sku: Standard }")
        }
        try project.write("prices.yaml", TrustTests.prices)
        let environment = ["TEST_KEY": "k", "SUB": "..", "ASSAY_TRUST": "127.0.0.1:\(server.port)"]
        for subscription in ["..", "a/../b", "${SUB}"] {
            try project.write("spec.yaml", spec(subscription))
            let run = try project.assay("run", "spec.yaml", "--yes", environment: environment)
            #expect(run.status == 2 && run.errors.contains("spec.yaml:"), "\(run.errors)")
        }
        #expect(server.requests.isEmpty)
        let start = Date()
        #expect(try project.assay("status", environment: environment).output.contains("assay-") == false)
        #expect(Date().timeIntervalSince(start) < 10)
    }
}
