// The commands that are suggested next act on the same spec, options, state and run when they are pasted into a shell.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct NextCommandTests {
    private static let spec = """
        assay: 1
        name: next
        commands:
          first: { run: "echo 1 > first.txt", outputs: [first.txt] }
        variants:
          quick: { commands.first.run: "echo 2 > first.txt" }
        """

    private func project() throws -> TestProject {
        let project = try TestProject()
        try FileManager.default.createDirectory(
            atPath: project.folder + "/other dir/.assay", withIntermediateDirectories: true)
        for name in ["assay.yaml", "-x.yaml", "other dir/c.yaml"] { try project.write(name, Self.spec) }
        return project
    }

    /// The command of the last line, without the quotation marks around it.
    private func command(_ output: String) -> String? {
        output.firstMatch(of: /Next: '(assay .*?)' (?:runs|shows|lists|prints|ranks|explains)/).map { String($0.output.1) }
    }

    /// Pastes a command into a shell in the project's folder.
    private func paste(_ command: String, in project: TestProject) throws -> (status: Int32, output: String) {
        let (process, errors, output) = project.process([])
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        var environment = process.environment ?? [:]
        environment["PATH"] = TestProject.products + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
        process.environment = environment
        try process.run()
        _ = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
        )
    }

    /// Guards against suggestions that drop what selected the experiment, and so run another one.
    @Test(arguments: [
        ("no options", ["plan"], "assay run"),
        (
            "set", ["plan", "--set", "commands.first.run=echo 3 > first.txt"],
            "assay run --set 'commands.first.run=echo 3 > first.txt'"
        ),
        ("limit", ["plan", "--limit", "2"], "assay run --limit 2"),
        ("variant", ["plan", "--variant", "quick"], "assay run --variant quick"),
        ("all variants", ["plan", "--variant=all"], "assay run --variant all"),
        ("state", ["run", "--state", "S", "--dry-run"], "assay run --state S"),
        ("run's options", ["run", "--dry-run", "--jobs", "77", "--fail-fast"], "assay run --fail-fast --jobs 77"),
        ("path with a space", ["plan", "other dir/c.yaml"], "assay run 'other dir/c.yaml'"),
        ("path with a hyphen", ["plan", "--", "-x.yaml"], "assay run ./-x.yaml"),
        ("explain", ["explain", "--variant", "quick"], "assay run --variant quick"),
        ("explain a step", ["explain", "run-command:first"], "assay run"),
        ("validate", ["validate", "--variant", "quick"], "assay plan --variant quick"),
        ("validate a path", ["validate", "other dir/c.yaml"], "assay plan 'other dir/c.yaml'"),
    ])
    func selectionsAreRepeated(_ id: String, _ arguments: [String], _ expected: String) throws {
        let project = try project()
        let shown = try project.assay(arguments)
        let next = try #require(command(shown.output), "\(id): \(shown.output)\(shown.errors)")
        #expect(next == expected, "\(id)")
        #expect(try paste(next, in: project).status == 0, "\(id)")
        guard arguments[0] == "plan" else { return }
        // The pasted command ran the steps that the plan showed.
        let after = try project.assay(arguments)
        #expect(after.output.contains("nothing would run"), "\(id): \(after.output)")
        let report = try #require(command(after.output), "\(id): \(after.output)")
        #expect(report.hasPrefix("assay report 20"), "\(id): \(report)")
        #expect(try paste(report, in: project).status == 0, "\(id)")
    }

    /// Guards against 'assay report', which shows the last run of the working folder, after a run kept elsewhere.
    @Test(arguments: [
        ("default", ["run"], false, false), ("state", ["run", "--state", "S"], true, false),
        ("spec with its own state", ["run", "other dir/c.yaml"], true, false),
        ("several specs", ["run", "assay.yaml", "./-x.yaml"], false, true),
    ])
    func runsAreNamedWhereTheyAreKept(_ id: String, _ arguments: [String], _ hasState: Bool, _ namesRun: Bool) throws {
        let project = try project()
        let run = try project.assay(arguments)
        #expect(run.status == 0, "\(id): \(run.errors)")
        let next = try #require(command(run.output), "\(id): \(run.output)")
        #expect(next.contains(" --state ") == hasState, "\(id): \(next)")
        #expect(next.contains(" 20") == namesRun, "\(id): \(next)")
        // The report of the first run that the output shows.
        let shown = try paste(next.replacing(" --open", with: ""), in: project)
        let name = try #require(run.output.firstMatch(of: /\d{8}-\d{6}-[0-9a-f]{4}/)?.output)
        #expect(shown.status == 0 && shown.output.contains(name), "\(id): \(next): \(shown.output)")
    }

    /// Commands that look at runs also end with the next one; `report` and `compare` lead to a browser, which is not opened here.
    @Test(arguments: [
        ("runs", ["runs"], "assay show RUN --state S", true), ("show", ["show"], "assay report RUN --state S", true),
        ("status", ["status"], "assay runs --state S", true), ("report", ["report"], "assay report RUN --state S --open", false),
        (
            "report with prices", ["report", "--prices", "my prices.yaml"],
            "assay report RUN --state S --prices 'my prices.yaml' --open",
            false
        ),
        ("compare", ["compare"], "assay view --state S --open", false),
    ])
    func commandsAfterARun(_ id: String, _ arguments: [String], _ expected: String, _ pastes: Bool) throws {
        let project = try project()
        try project.write("my prices.yaml", "assay-prices: 1\ndate: 2026-01-01\nsource: a test\nmodels: {}\n")
        let run = try project.assay("run", "--state", "S", "--json")
        let name = try #require(run.end["run"] as? String, "\(run.errors)")
        let shown = try project.assay(arguments + ["--state", "S"])
        #expect(shown.status == 0, "\(id): \(shown.errors)")
        let next = try #require(command(shown.output), "\(id): \(shown.output)")
        #expect(next == expected.replacing("RUN", with: name), "\(id)")
        if pastes { #expect(try paste(next, in: project).status == 0, "\(id)") }
    }

    @Test func aFailedRunLeadsToItsFailedStep() throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec.replacing("echo 1 > first.txt", with: "echo because >&2; exit 3"))
        #expect(try project.assay("run").status == 1)
        let shown = try project.assay("show")
        let next = try #require(command(shown.output), "\(shown.output)")
        #expect(next.hasSuffix(" run-command:first"), "\(next)")
        #expect(try paste(next, in: project).output.contains("because"))
    }

    @Test func initUsesTheSameForm() throws {
        let project = try TestProject()
        try project.pictures("images", perLabel: 12)
        let made = try project.assay("init", "images", "--output", "my spec.yaml")
        #expect(made.status == 0, "\(made.errors)")
        #expect(
            made.output.contains(
                "Next: 'assay plan 'my spec.yaml'' shows what a run would do, 'assay run 'my spec.yaml'' runs it\n"),
            "\(made.output)")
    }
}
