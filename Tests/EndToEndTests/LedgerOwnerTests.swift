// For a ledger that came with a project, nothing is sent or deleted until its new user takes it over.

import Foundation
import TestServer
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct LedgerOwnerTests {
    /// A separate configuration folder for a user.
    private func user(_ project: TestProject, _ name: String) -> [String: String] {
        ["XDG_CONFIG_HOME": project.folder + "/config of " + name]
    }

    private static func azure(_ url: String) -> String {
        ProviderTests.spec(
            dataset: ProviderTests.drawn,
            providers: "srv: { kind: azure-openai, endpoint: \"\(url)\", auth: azure-cli, control_plane: { subscription: s, "
                + "resource_group: g, account: a, endpoint: \"\(url)\" } }",
            models: "  base: { provider: srv, model: llava, deploy: { sku: Standard, capacity: 10 } }",
            evaluations: "base: { online: plain }")
    }

    /// A project with a dead run's deployment in its ledger, an `az` that would print a token, and a server that must
    /// receive no request.
    private func shipped(_ server: TestServer, owner: String?) throws -> TestProject {
        let project = try TestProject()
        try project.write("prices.yaml", ProviderTests.prices)
        try project.write("small.yaml", Self.azure(server.url))
        try project.write(
            "az",
            "#!/bin/sh\necho called >> \"\(project.folder)/az.log\"\n"
                + "echo '{\"accessToken\":\"secret\",\"expires_on\":4102444800}'\n")
        chmod(project.folder + "/az", 0o755)
        #expect(try project.assay("runs", environment: user(project, "author")).status == 0)
        let account = "azure-openai \(server.url)"
        let statements = """
            INSERT INTO runs VALUES ('r1', 'e', '\(project.folder)/small.yaml', 1, NULL, 'running', 'h', 1, 'x', 1, '{}');
            INSERT INTO leases VALUES ('\(account)', 'assay-0123456789abcdef', 'llava', 'Standard', 10, 0, 0, 'up', 'r1', 'h',
                1, 'x', 1, NULL, 1, 1, NULL);
            INSERT INTO remote_jobs VALUES (1, 'batch', '\(account)', '\(String(repeating: "0", count: 64))', '0.1', 1,
                '0123456789abcdef', '\(String(repeating: "0", count: 64))', 'submitted', 1, 'batch_1', 'r1', 'run-batch', 0, 1, 1,
                '{}');
            \(owner == nil ? "DELETE FROM owner;" : "")
            """
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = [
            "python3", "-c", "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()",
            project.folder + "/.assay/ledger.sqlite", statements,
        ]
        try python.run()
        python.waitUntilExit()
        #expect(python.terminationStatus == 0)
        return project
    }

    private func path(_ project: TestProject) -> [String: String] {
        ["PATH": project.folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")]
    }

    /// Guards against sending the user's token to the author of the ledger, as `assay status` did in a clone.
    @Test(arguments: ["another", nil] as [String?]) func aLedgerThatCameWithAProjectSendsNothing(owner: String?) throws {
        let server = try TestServer { _, _ in .json(200, "{\"value\":[]}") }
        defer { server.stop() }
        let project = try shipped(server, owner: owner)
        let environment = user(project, "reader").merging(path(project)) { $1 }
        let commands: [(arguments: [String], status: Int32)] = [
            (["status"], 0), (["jobs"], 0), (["jobs", "small.yaml"], 0), (["jobs", "--all", "--json"], 0), (["runs"], 0),
            (["show", "r1"], 0), (["jobs", "cancel", "1"], 2), (["jobs", "adopt", "1", "batch_2"], 2),
            (["jobs", "clean", "--yes"], 2), (["run", "small.yaml", "--yes"], 2), (["doctor", "small.yaml"], 0),
        ]
        for command in commands {
            let result = try project.assay(command.arguments, environment: environment)
            if command.arguments.last != "batch_2", command.arguments[0] != "doctor" {
                #expect(result.status == command.status, "\(command.arguments): \(result.errors)\(result.output)")
            }
            if command.status == 2 || ["status", "jobs"].contains(command.arguments[0]) {
                #expect(
                    result.errors.contains("'assay jobs take-over'") || command.arguments.contains("adopt"),
                    "\(command.arguments): \(result.errors)")
            }
        }
        #expect(try project.assay("status", environment: environment).output.contains("bills: assay-0123456789abcdef"))
        #expect(server.requests.isEmpty, "\(server.requests.map(\.target))")
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/az.log"))
        // Once it is taken over, the deployment of the dead run is deleted.
        let taken = try project.assay("jobs", "take-over", environment: environment)
        #expect(taken.status == 0 && taken.output.contains("is yours"), "\(taken.errors)\(taken.output)")
        #expect(try project.assay("jobs", "take-over", environment: environment).output.contains("already"))
        // The token of az is sent to a host outside Azure only after the user trusts that host.
        let trusting = environment.merging(["ASSAY_TRUST": "127.0.0.1:\(server.port)"]) { $1 }
        _ = try project.assay("status", environment: trusting)
        #expect(server.requests.contains { $0.method == "DELETE" })
    }

    /// The project's owner continues as before, and the user's own emulator needs no question.
    @Test func onesOwnAndEmulatedWorkNeedNoQuestion() throws {
        let project = try TestProject()
        try project.write("small.yaml", BatchExperiment.spec())
        let author = user(project, "author")
        #expect(try project.assay("run", "small.yaml", environment: author).status == 0)
        let owner = project.folder + "/config of author/assay/owner"
        let attributes = try FileManager.default.attributesOfItem(atPath: owner)
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
        let folder = try FileManager.default.attributesOfItem(atPath: project.folder + "/config of author/assay")
        #expect((folder[.posixPermissions] as? Int) == 0o700)
        #expect(try project.assay("status", environment: author).errors.isEmpty)
        // Another user, or the same one on another machine, can view the project and run emulated experiments.
        let reader = user(project, "reader")
        #expect(try project.assay("status", environment: reader).errors.contains("belongs to another user"))
        #expect(try project.assay("doctor", environment: reader).output.contains("belongs to another user"))
        #expect(try project.assay("run", "small.yaml", "--json", environment: reader).end["ran"] as? Int == 0)
    }

    /// Without a home folder, everything that needs no provider works, and the reason is reported.
    @Test func withoutAHomeFolder() throws {
        let project = try TestProject()
        try project.write("small.yaml", BatchExperiment.spec())
        let environment = ["XDG_CONFIG_HOME": "/proc/nowhere"]
        #expect(try project.assay("run", "small.yaml", environment: environment).status == 0)
        let status = try project.assay("status", environment: environment)
        #expect(status.status == 0)
        #expect(status.errors.contains("is unknown: "), "\(status.errors)")
    }
}
