// Trust boundaries end to end: a provider's text never becomes a path, and keys go only to trusted hosts.

import Foundation
import TestServer
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct TrustTests {
    static let prices = "assay-prices: 1\ndate: 2025-09-01\nmodels:\n  m: { input: 1, output: 1 }\n"

    /// A spec for Azure with models that have deployments and prices.
    static func azureSpec(provider: String) -> String {
        spec(provider: provider, ask: "online").replacing("model: m }", with: "model: m, deployment: d }")
            + "\nprices: prices.yaml\n"
    }

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

    // MARK: Hosts

    /// An environment with no user's configuration but the project's, and a signed-in `az` that notes each call.
    private func environment(_ project: TestProject, _ more: [String: String] = [:]) throws -> [String: String] {
        let bin = project.folder + "/bin"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        try project.write(
            "bin/az",
            """
            #!/bin/sh
            echo called >> '\(project.folder)/az-calls'
            echo '{"accessToken":"TOKEN-OF-AZ","expires_on":4102444800}'
            """)
        chmod(bin + "/az", 0o755)
        var variables = [
            "PATH": bin + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"),
            "XDG_CONFIG_HOME": project.folder + "/config", "ASSAY_TRUST": "", "FAKE_KEY": "sk-planted-0123456789",
        ]
        variables.merge(more) { _, new in new }
        return variables
    }

    private static func azure(_ address: String, auth: String, plane: String? = nil) -> String {
        "{ kind: azure-openai, endpoint: \"\(address)\", auth: \(auth), control_plane: { subscription: s, "
            + "resource_group: g, account: a, endpoint: \"\(plane ?? address)\" } }"
    }

    /// Guards against sending tokens of the Azure CLI to any address in a spec.
    @Test(arguments: [
        ["doctor", "spec.yaml"], ["jobs", "list", "spec.yaml"], ["jobs", "clean", "spec.yaml", "--yes"],
        ["run", "spec.yaml", "--yes"], ["plan", "spec.yaml"], ["validate", "spec.yaml"], ["status"],
    ])
    func `no command sends a token of a sign-in to a host that is not trusted`(command: [String]) throws {
        for auth in [
            "azure-cli", "managed-identity",
            "{ client-credentials: { tenant: t, client_id: c, client_secret: \"${FAKE_KEY}\" } }",
        ] {
            let project = try TestProject()
            let server = try TestServer { request, _ in
                request.path.contains("identity")
                    ? .json(200, #"{"access_token":"TOKEN-OF-MACHINE","expires_in":"3600"}"#)
                    : .json(200, #"{"value":[],"data":[]}"#)
            }
            defer { server.stop() }
            try project.write("spec.yaml", Self.azureSpec(provider: Self.azure(server.url, auth: auth)))
            try project.write("prices.yaml", Self.prices)
            let environment = try environment(
                project, ["IDENTITY_ENDPOINT": server.url + "/identity", "IDENTITY_HEADER": "h"])
            let result = try project.assay(command, environment: environment)
            #expect(server.requests.allSatisfy { $0["authorization"] == nil && $0["api-key"] == nil }, "\(command) \(auth)")
            #expect(server.requests.allSatisfy { $0.path == "/emulator/clock" })
            #expect(!FileManager.default.fileExists(atPath: project.folder + "/az-calls"), "\(command) \(auth)")
            if ["doctor", "run"].contains(command[0]) || command.contains("list") {
                #expect(result.status != 0)
                #expect((result.output + result.errors).contains("assay trust 127.0.0.1:\(server.port)"), "\(result.errors)")
            }
            if command[0] == "run" { #expect(result.status == 2) }
        }
    }

    /// A separate control plane gets no token either, although the data plane takes a key.
    @Test func `the control plane's host is checked apart`() throws {
        let project = try TestProject()
        let server = try TestServer { _, _ in .json(200, #"{"value":[],"data":[]}"#) }
        defer { server.stop() }
        try project.write("prices.yaml", Self.prices)
        try project.write(
            "spec.yaml",
            Self.azureSpec(
                provider: Self.azure(server.url, auth: "api-key")
                    .replacing("auth:", with: "api_key: \"${FAKE_KEY}\", auth:")))
        let result = try project.assay(["doctor", "spec.yaml"], environment: environment(project))
        #expect(result.status == 1 && result.output.contains("an access token of the signed-in Azure CLI"))
        #expect(server.requests.isEmpty)
    }

    @Test(arguments: [true, false])
    func `a host that the user trusts gets the token`(byVariable: Bool) throws {
        let project = try TestProject()
        let server = try TestServer { _, _ in .json(200, #"{"value":[],"data":[]}"#) }
        defer { server.stop() }
        try project.write("prices.yaml", Self.prices)
        try project.write("spec.yaml", Self.azureSpec(provider: Self.azure(server.url, auth: "azure-cli")))
        var environment = try environment(project)
        if byVariable {
            environment["ASSAY_TRUST"] = "other.example, 127.0.0.1:\(server.port)"
        } else {
            let trust = try project.assay(["trust", "127.0.0.1:\(server.port)"], environment: environment)
            #expect(trust.status == 0, "\(trust.errors)")
            #expect(FileManager.default.fileExists(atPath: project.folder + "/config/assay/trusted-hosts"))
        }
        let result = try project.assay(["doctor", "spec.yaml"], environment: environment)
        #expect(server.requests.contains { $0["authorization"] == "Bearer TOKEN-OF-AZ" }, "\(result.output)")
        guard !byVariable else { return }
        let removed = try project.assay(["trust", "--remove", "127.0.0.1:\(server.port)"], environment: environment)
        #expect(removed.status == 0)
        let again = try project.assay(["doctor", "spec.yaml"], environment: environment)
        #expect(again.status == 1)
    }

    /// The list is the user's: neither a project's `.env` nor its folder adds to it.
    @Test func `a project trusts nobody`() throws {
        let project = try TestProject()
        let server = try TestServer { _, _ in .json(200, #"{"value":[],"data":[]}"#) }
        defer { server.stop() }
        try project.write("prices.yaml", Self.prices)
        try project.write("spec.yaml", Self.azureSpec(provider: Self.azure(server.url, auth: "azure-cli")))
        try project.write(".env", "ASSAY_TRUST=127.0.0.1:\(server.port)\nXDG_CONFIG_HOME=\(project.folder)/evil\n")
        for folder in ["evil/assay", ".assay", ".config/assay", "assay"] {
            let path = project.folder + "/" + folder
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try project.write(folder + "/trusted-hosts", "127.0.0.1:\(server.port)\n")
        }
        let result = try project.assay(["doctor", "spec.yaml"], environment: environment(project))
        #expect(result.status == 1)
        #expect(server.requests.allSatisfy { $0["authorization"] == nil })
    }

    @Test(arguments: [
        ("http://api.example.com/v1", "insecure-address"), ("http://user:pw@169.254.169.254/v1", "bad-address"),
        ("http://169.254.169.254/v1", "insecure-address"), ("http://127.1:8801/v1", "insecure-address"),
        ("http://2130706433/v1", "insecure-address"), ("https://api.openai.com@evil.example/v1", "bad-address"),
        ("ftp://a.example", "bad-address"), ("${PLAIN}", "insecure-address"),
    ])
    func `plain http to another machine is an error at its place`(address: String, code: String) throws {
        let project = try TestProject()
        let provider = "{ kind: openai, endpoint: \"\(address)\", api_key: \"${FAKE_KEY}\" }"
        try project.write("spec.yaml", Self.spec(provider: provider, ask: "online"))
        let environment = try environment(project, ["PLAIN": "http://plain.example/v1"])
        for command in [["validate", "spec.yaml"], ["run", "spec.yaml", "--yes"]] {
            let result = try project.assay(command, environment: environment)
            #expect(result.status == 2)
            #expect(result.errors.contains("spec.yaml:7:") && result.errors.contains(code), "\(result.errors)")
        }
    }

    @Test func `a host without trust stops a run before anything is sent`() throws {
        let project = try TestProject()
        let provider = "{ kind: openai, endpoint: \"https://gateway.invalid/v1\", api_key: \"${FAKE_KEY}\" }"
        try project.write("spec.yaml", Self.spec(provider: provider, ask: "online"))
        let result = try project.assay(["run", "spec.yaml", "--yes"], environment: environment(project))
        #expect(result.status == 2)
        #expect(result.errors.contains("untrusted-host") && result.errors.contains("assay trust gateway.invalid"))
        #expect(result.errors.contains("FAKE_KEY") && !result.errors.contains("sk-planted"))
    }

    @Test func `an address of an archive takes no variable to a host without trust`() throws {
        let project = try TestProject()
        let server = try TestServer { _, _ in .json(404, "{}") }
        defer { server.stop() }
        let spec = """
            assay: 1
            name: trust
            dataset: { archive: "https://archive.invalid/${FAKE_KEY}/a.tar" }
            splits: { main: { train: 1, validation: 1, test: 2, order: name } }
            """
        try project.write("spec.yaml", spec)
        let result = try project.assay(["run", "spec.yaml", "--yes"], environment: environment(project))
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.errors.contains("assay trust archive.invalid"))
        #expect(!result.errors.contains("sk-planted") && !result.output.contains("sk-planted"))
    }

    @Test(arguments: [["trust", "a/b"], ["trust", "https://a.example"], ["trust", "ok.example", "*"]])
    func `what is not a host is not taken into the list`(command: [String]) throws {
        let project = try TestProject()
        let result = try project.assay(command, environment: environment(project))
        #expect(result.status == 2)
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/config/assay/trusted-hosts"))
    }

    @Test func `a damaged list is not taken for an empty one`() throws {
        let project = try TestProject()
        try FileManager.default.createDirectory(
            atPath: project.folder + "/config/assay", withIntermediateDirectories: true)
        try project.write("config/assay/trusted-hosts", "good.example\nhttps://bad/\n")
        let result = try project.assay(["trust"], environment: environment(project))
        #expect(result.status == 1 && result.errors.contains("trusted-hosts:2:"), "\(result.errors)")
    }

    // MARK: Secrets

    /// A server that repeats the key wherever it can: nothing of it reaches a report, the state folder or the terminal.
    @Test func `a key that a server repeats is nowhere kept`() throws {
        let key = "sk-planted-0123456789"
        let project = try TestProject()
        let provider = try HostileProvider(outputFile: "file-2") { input in
            Data(
                String(decoding: HostileProvider.answers(to: input), as: UTF8.self)
                    .replacing("circle", with: "circle \(key)").replacing("\"model\":\"m\"", with: "\"model\":\"\(key)\"").utf8)
        }
        defer { provider.server.stop() }
        let online = try TestServer { _, index in
            index == 0
                ? .json(500, #"{"error":{"message":"bad key \#(key)","code":"\#(key)"}}"#, ["x-request-id": key])
                : .json(
                    200,
                    #"{"id":"\#(key)","object":"chat.completion","created":1,"model":"\#(key)","choices":[{"index":0,"#
                        + #""message":{"role":"assistant","content":"\#(key)"},"finish_reason":"stop"}]}"#)
        }
        defer { online.stop() }
        for (address, ask) in [(provider.server.url, "batch"), (online.url, "online")] {
            try project.write(
                "spec.yaml",
                Self.spec(provider: "{ kind: openai, endpoint: \"\(address)/v1\", api_key: \"${FAKE_KEY}\" }", ask: ask))
            let run = try project.assay(
                ["run", "spec.yaml", "--yes", "--trace", project.folder + "/trace.json"],
                environment: environment(project, ["FAKE_KEY": key]))
            #expect(run.status == 0, "\(run.errors)")
            #expect(!(run.output + run.errors).contains(key))
        }
        for path in try project.files() where !path.hasSuffix("/az") {
            #expect((FileManager.default.contents(atPath: path) ?? Data()).range(of: Data(key.utf8)) == nil, "\(path)")
        }
    }

    /// A key in a comment or command of the spec is not the value of a secret setting, but still does not appear in a
    /// report.
    @Test func `what looks like a key is masked in reports`() throws {
        let key = "sk-live-LITERALSECRET1234567890"
        let project = try TestProject()
        try project.write("prices.yaml", Self.prices.replacing("m: {", with: "shapes-base: {"))
        try project.write(
            "spec.yaml",
            "# old key: \(key)\n"
                + Self.azureSpec(provider: "{ kind: emulator, account: small }")
                .replacing("model: m, deployment: d", with: "model: shapes-base, deployment: base"))
        let run = try project.assay("run", "spec.yaml", "--json", "--set", "prompts.p.system=Say \(key)")
        #expect(run.status == 0, "\(run.errors)")
        let report = try #require(run.end["report"] as? String)
        let folder = URL(fileURLWithPath: report).deletingLastPathComponent().path
        for name in ["report.html", "report.md", "results.json"] {
            let text = String(decoding: FileManager.default.contents(atPath: folder + "/" + name) ?? Data(), as: UTF8.self)
            #expect(!text.isEmpty && !text.contains(key), "\(name)")
        }
    }

    // MARK: Emulators

    @Test func `a project names no emulator of its own`() throws {
        let project = try TestProject()
        try project.write("prices.yaml", Self.prices.replacing("m: {", with: "shapes-base: {"))
        try project.write(
            "spec.yaml",
            Self.azureSpec(provider: "{ kind: emulator, account: small }")
                .replacing("model: m, deployment: d", with: "model: shapes-base, deployment: base"))
        let server = try TestServer { _, _ in .json(200, "{}") }
        defer { server.stop() }
        try project.write(".env", "ASSAY_EMULATOR=\(server.url)\nASSAY_EMULATOR_KEY=k\nHTTP_PROXY=\(server.url)\n")
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)")
        #expect(server.requests.isEmpty)
        // Nor does anything but this machine serve as one.
        for address in ["http://emulator.example:1", "http://k@evil.example", "x"] {
            let refused = try project.assay("run", "spec.yaml", "--limit", "1", environment: ["ASSAY_EMULATOR": address])
            #expect(refused.status == 2, "\(refused.errors)")
        }
    }

    /// The key of an emulator is random, and the printed address is all that a run needs.
    @Test func `an emulator takes its own key only`() throws {
        let project = try TestProject()
        let (process, _, output) = project.process(
            ["emulate", "--account", "own", "--folder", project.folder + "/own", "--deployment", "base=shapes-base"],
            environment: ["ASSAY_EMULATOR_KEY": ""])
        try process.run()
        defer { process.terminate() }
        var said = ""
        for _ in 0..<300 where !said.contains("makes runs use this server") {
            Thread.sleep(forTimeInterval: 0.05)
            said = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
        }
        let named = try #require(said.firstMatch(of: #/ASSAY_EMULATOR=(\S+)/#).map { String($0.output.1) })
        let key = try #require(said.firstMatch(of: #/key: ([0-9a-f]{32})\n/#).map { String($0.output.1) })
        #expect(named.contains("://\(key)@127.0.0.1:"))
        try project.write("prices.yaml", Self.prices.replacing("m: {", with: "shapes-base: {"))
        try project.write(
            "spec.yaml",
            Self.azureSpec(provider: "{ kind: emulator, account: own }")
                .replacing("model: m, deployment: d", with: "model: shapes-base, deployment: base"))
        let wrong = try project.assay(
            "run", "spec.yaml", environment: ["ASSAY_EMULATOR": named.replacing(key + "@", with: ""), "ASSAY_EMULATOR_KEY": ""])
        #expect(wrong.status == 1, "\(wrong.errors)")
        let right = try project.assay("run", "spec.yaml", environment: ["ASSAY_EMULATOR": named])
        #expect(right.status == 0, "\(right.errors)")
        #expect(!(right.output + right.errors).contains(key))
    }
}
