// Command lines: names of specs and runs, mistakes, several specs.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct CommandLineTests {
    private static let spec = """
        assay: 1
        name: typed
        commands:
          first: { run: "date +%N > first.txt", outputs: [first.txt] }
        """

    @Test func assayYAMLIsTheSpecWhereNoneIsNamed() throws {
        let project = try TestProject()
        let missing = try project.assay("plan")
        #expect(missing.status == 2)
        #expect(missing.errors.contains("no spec is named, and there is no assay.yaml in this folder"), "\(missing.errors)")
        try project.write("assay.yaml", Self.spec)
        for command in [["validate"], ["plan"], ["run"], ["explain"], ["explain", "run-command:first"]] {
            let result = try project.assay(command)
            #expect(result.status == 0, "\(command): \(result.errors)\(result.output)")
        }
    }

    @Test func runsAreNamedByPrefixesAndByLast() throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec)
        for _ in 0..<2 { #expect(try project.assay("run", "--json").status == 0) }
        let lines = try project.assay("runs").output.split(separator: "\n")
        let listed = lines.filter { !$0.hasPrefix("Next: ") }.map { String($0.prefix { $0 != " " }) }
        #expect(listed.count == 2)
        for name in ["last", listed[0], String(listed[0].dropLast())] {
            let shown = try project.assay("show", name)
            #expect(shown.output.hasPrefix(listed[0]), "\(name): \(shown.errors)")
        }
        let ambiguous = try project.assay("show", "20")
        #expect(ambiguous.status == 2)
        #expect(ambiguous.errors.contains("'20' matches 2 runs"), "\(ambiguous.errors)")
        for (words, name) in [(["lst"], "last"), (["last", "run-command"], "run-command:first")] {
            #expect(try project.assay(["show"] + words).errors.contains("did you mean '\(name)'?"), "\(words)")
        }
        let unknown = try project.assay("show", "none")
        #expect(unknown.status == 2 && unknown.errors.contains("there is no run 'none'"), "\(unknown.errors)")
    }

    @Test func runsAreTaggedNotedAndRemoved() throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec)
        #expect(try project.assay("run", "--json").status == 0)
        #expect(try project.assay("runs", "tag", "last", "paper", "first").status == 0)
        #expect(try project.assay("runs", "tag", "last", "--remove", "first").output.hasSuffix(": paper\n"))
        #expect(try project.assay("runs", "tag", "last", "two words").status == 2)
        #expect(try project.assay("runs", "note", "last", "for table 3").status == 0)
        let listed = try project.assay("runs", "--tag", "paper").output
        #expect(listed.contains("[paper]  for table 3"), "\(listed)")
        #expect(try project.assay("runs", "--tag", "other").output.contains("no run has the tag 'other'"))
        #expect(try project.assay("runs", "rm", "last").status == 0)
        #expect(try project.assay("runs").output.contains("no runs yet"))
        #expect(try project.assay("show", "last").status == 2)
        // The result is still there.
        let again = try project.assay("run", "--json")
        #expect(again.end["cached"] as? Int == 1, "\(again.output)")
    }

    /// Guards against runs that stayed 'running' in lists until another command looked.
    @Test func aKilledRunHasDied() throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec.replacing("date +%N >", with: "sleep 60 >"))
        let (process, _, _) = project.process(["run"])
        try process.run()
        var listed = ""
        for _ in 0..<200 where !listed.contains("running") {
            listed = try project.assay("runs").output
            usleep(100_000)
        }
        #expect(listed.contains("  running  "), "\(listed)")
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        listed = try project.assay("runs").output
        #expect(listed.contains("  died  "), "\(listed)")
    }

    @Test func dryRunIsPlan() throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec)
        let plan = try project.assay("plan"), dry = try project.assay("run", "--dry-run")
        #expect(dry.status == 0 && dry.output == plan.output)
        #expect(plan.output.contains("pending     it will run"), "\(plan.output)")
        #expect(try project.assay("runs").output.contains("no runs yet"))
        #expect(try project.assay("plan", "--help").output.contains("not-needed  only steps that will not run depend on it"))
    }

    @Test func filesAtProvidersAreExplained() throws {
        let project = try TestProject()
        try project.write("assay.yaml", SmallExperiment.spec)
        let plan = try project.assay("plan").output
        #expect(plan.contains("needed      a file to upload or a deployment to create"), "\(plan)")
        #expect(plan.contains("has no price (emulated)\n  'price_as: MODEL' at the provider"), "\(plan)")
        // One column of states for steps and for the resources that they need at providers.
        let columns = plan.split(separator: "\n").filter { !$0.hasPrefix("forecast") }.compactMap { line in
            line.firstMatch(of: /^\S+(?: to \d+)? +(pending|unknown|needed)/).map {
                line.distance(from: line.startIndex, to: $0.output.1.startIndex)
            }
        }
        #expect(columns.count > 10 && Set(columns).count == 1, "\(plan)")
        #expect(try project.assay("plan", "--help").output.contains("needed      a file to upload"))
    }

    @Test func theReferenceOfPriceTables() throws {
        let project = try TestProject()
        let all = try project.assay("schema", "--reference").output,
            prices = try project.assay("schema", "--prices", "--reference").output
        #expect(prices.hasPrefix("# Price tables") && prices.contains("## price-table") && prices.count * 5 < all.count)
        #expect(!prices.contains("## experiment") && all.contains("## experiment"))
    }

    @Test func severalSpecsRunOneAfterTheOther() throws {
        let project = try TestProject()
        try project.write("a.yaml", Self.spec.replacing("typed", with: "a"))
        try project.write("b.yaml", Self.spec.replacing("typed", with: "b").replacing("date +%N >", with: "false >"))
        try project.write("c.yaml", Self.spec.replacing("typed", with: "c").replacing("date", with: "date -u"))
        let run = try project.assay("run", "a.yaml", "b.yaml", "c.yaml")
        #expect(run.status == 1, "\(run.errors)")
        let listed = try project.assay("runs").output
        // One line for each run, and the next command.
        #expect(listed.split(separator: "\n").count == 3 + 1, "\(listed)")
        let stopped = try project.assay("run", "b.yaml", "c.yaml", "--fail-fast")
        #expect(stopped.status == 1)
        #expect(try project.assay("runs").output.split(separator: "\n").count == 4 + 1)
        let validated = try project.assay("validate", "a.yaml", "missing.yaml", "c.yaml")
        #expect(validated.status == 2)
        #expect(validated.output.contains("a.yaml is valid") && validated.output.contains("c.yaml is valid"))
    }

    @Test(arguments: [
        (["rnu"], "did you mean 'assay run'?"), (["validat"], "did you mean 'assay validate'?"),
        (["cache", "verfy"], "did you mean 'assay cache verify'?"), (["runs", "tga", "last"], "did you mean 'assay runs tag'?"),
        (["frobnicate"], "'assay --help' lists them"), (["run", "--dryrun"], "--dry-run"),
        (["help", "rnu"], "did you mean 'assay run'?"), (["runs", "--last", "0"], "--last takes a number of runs"),
        (["--vesion"], "did you mean '--version'?"),
        // Specs: files of the folder and bundled experiments.
        (["run", "asay.yaml"], "did you mean 'assay.yaml'?"), (["run", "asay"], "did you mean 'assay.yaml'?"),
        (["run", "quickstar"], "did you mean 'quickstart'?"), (["plan", "Quickstart"], "did you mean 'quickstart'?"),
        (["plan", "sub/smal.yaml"], "did you mean 'sub/small.yaml'?"), (["dataset", "asay.yaml"], "did you mean 'assay.yaml'?"),
        (["explain", "asay.yaml"], "did you mean 'assay.yaml'?"), (["validate", "asay.yaml"], "did you mean 'assay.yaml'?"),
        (["prices", "asay.yaml"], "did you mean 'assay.yaml'?"), (["models", "list", "asay.yaml"], "did you mean 'assay.yaml'?"),
        (["jobs", "list", "asay.yaml"], "did you mean 'assay.yaml'?"),
        // Steps.
        (["explain", "run-comand:first"], "did you mean 'run-command:first'?"),
        (["explain", "run-command-first"], "did you mean 'run-command:first'?"),
        (["explain", "run-command"], "did you mean 'run-command:first'?"),
        (["explain", "assay.yaml", "run-command:frist"], "did you mean 'run-command:first'?"),
    ])
    func mistypedNamesGetASuggestion(_ arguments: [String], _ suggestion: String) throws {
        let project = try TestProject()
        try FileManager.default.removeItem(atPath: project.folder + "/.assay")
        try FileManager.default.createDirectory(atPath: project.folder + "/sub", withIntermediateDirectories: true)
        for name in ["assay.yaml", "sub/small.yaml"] { try project.write(name, Self.spec) }
        let result = try project.assay(arguments)
        #expect(result.status == 2)
        #expect(result.errors.contains(suggestion), "\(result.errors)")
        #expect(!result.errors.contains("paths are relative"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/.assay"), "a mistyped command made state")
    }

    @Test func aMistypedSpecIsAFindingOfDoctor() throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec)
        let result = try project.assay("doctor", "asay.yaml")
        #expect(
            result.output.contains("no such file") && result.output.contains("did you mean 'assay.yaml'?"), "\(result.output)")
    }

    /// Commands that fail, or that have nothing to act on, leave no state behind.
    @Test(arguments: [
        ["jobs", "cancel", "1"], ["jobs", "adopt", "1", "x"], ["jobs", "clean"], ["jobs", "cancel", "1", "assay.yaml"],
        ["jobs", "clean", "typo.yaml"], ["plan", "--variant", "zz"], ["run", "--variant", "zz"], ["explain", "nosuch:x"],
        ["explain", "assay.yaml", "nosuch"], ["dataset", "assay.yaml"],
    ])
    func failuresMakeNoState(_ arguments: [String]) throws {
        let project = try TestProject()
        try FileManager.default.removeItem(atPath: project.folder + "/.assay")
        try project.write("assay.yaml", Self.spec)
        let result = try project.assay(arguments)
        #expect(result.status != 0, "\(result.output)")
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/.assay"), "\(result.errors)")
    }

    @Test func stepsWithoutAColonAreExplained() throws {
        let project = try TestProject()
        try project.write("assay.yaml", SmallExperiment.spec)
        let named = try project.assay("plan").output.split(separator: "\n").compactMap { line in
            line.firstMatch(of: /^([a-z-]+) +(?:pending|cached|unknown)/).map { String($0.output.1) }
        }
        let step = try #require(named.first)
        let explained = try project.assay("explain", step)
        #expect(explained.status == 0 && explained.output.contains(step), "\(explained.errors)")
    }

    @Test(arguments: [["plan"], ["run", "--dry-run"]])
    func plansOfOtherSpecsAreShownAfterAnError(_ command: [String]) throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec)
        let shown = try project.assay(command + ["missing.yaml", "assay.yaml"])
        #expect(shown.status == 2)
        #expect(
            shown.output.contains("run-command:first") && shown.errors.contains("missing.yaml"), "\(shown.output)\(shown.errors)")
    }

    @Test(arguments: ["csv", "md", "json", "predictions"])
    func openShowsOnlyThePage(_ format: String) throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec)
        #expect(try project.assay("run", "--json").status == 0)
        let result = try project.assay("report", "--open", "--format", format, environment: ["PATH": "/nonexistent"])
        #expect(result.status == 2 && result.errors.contains("--open shows the page"), "\(result.errors)")
    }

    /// Guards against texts that fill the list of runs.
    @Test(arguments: [
        ("tag", 100, true), ("tag", 101, false), ("note", 1000, true), ("note", 1001, false),
    ])
    func tagsAndNotesAreBounded(_ command: String, _ length: Int, _ isAccepted: Bool) throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec)
        #expect(try project.assay("run", "--json").status == 0)
        let text = String(repeating: "é", count: length)
        let result = try project.assay("runs", command, "last", text)
        #expect(result.status == (isAccepted ? 0 : 2), "\(result.errors)")
        #expect(isAccepted || result.errors.contains("\(length) characters"), "\(result.errors)")
        #expect(try project.assay("runs").output.contains(text) == isAccepted)
    }

    @Test func theEndOfARunStatesEachFactOnce() throws {
        let project = try TestProject()
        // With the prices of a real model there is a forecast.
        try project.write(
            "assay.yaml",
            SmallExperiment.spec.replacing("account: small }", with: "account: small, price_as: gpt-4o-2024-08-06 }"))
        let run = try project.assay("run")
        #expect(run.status == 0, "\(run.errors)")
        for fact in ["Spent: ", "Deployments still running: ", "Report: ", "Next: ", " run 20", "emulated: $"] {
            let times = run.output.components(separatedBy: fact).count - 1
            #expect(times == 1, "'\(fact)' stands \(times) times in\n\(run.output)")
        }
        #expect(run.output.contains("forecast: $") && run.output.contains(", in virtual time; forecast"))
        // The same duration wherever it is shown.
        let took = try #require(run.output.firstMatch(of: /done in ([\d.]+ s)/)?.output.1)
        #expect(try project.assay("compare").output.contains("done in \(took)"))
        #expect(try project.assay("runs").output.contains("  \(took)"))
        let table = try project.assay("report", "--format", "csv")
        #expect(table.output.hasPrefix("variant,evaluation,model,split,n,accuracy"), "\(table.output)")
        #expect(table.output.split(separator: "\n").count == 7, "a head and six rows: \(table.output)")
        let answers = try project.assay("report", "--format", "predictions")
        #expect(answers.output.hasPrefix("variant,evaluation,example,"), "\(answers.output)")
        // The results of an emulator keep their label in a run that spends nothing.
        let again = try project.assay("run")
        #expect(again.output.contains(/earlier runs included: \$[\d.]+ \(emulated\)/), "\(again.output)\(again.errors)")
        #expect(try project.assay("report", "--format", "md").output.contains(/earlier runs included: \$[\d.]+ \(emulated\)/))
    }

    /// The candidates of bash itself, with the generated script.
    @Test(arguments: [
        ("runs", ["explain", "--diff", ""], "last"), ("second run", ["explain", "--diff", "last", ""], "last"),
        ("steps", ["explain", ""], "run-command:first"), ("step", ["explain", "run-c"], "run-command:first"),
        ("file", ["explain", "as"], "assay.yaml"), ("bundled", ["run", "qui"], "quickstart"),
        ("bundled", ["plan", "qui"], "quickstart"),
    ])
    func bashCompletesNamesInPlaceOfFiles(_ id: String, _ words: [String], _ expected: String) throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec)
        #expect(try project.assay("run", "--json").status == 0)
        try project.write("script.bash", project.assay("--generate-completion-script", "bash").output)
        let line = (["assay"] + words).joined(separator: " ")
        let all = (["assay"] + words).map { "'\($0)'" }.joined(separator: " ")
        let (process, errors, output) = project.process([])
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c",
            """
            export PATH="\(TestProject.products):$PATH"
            source ./script.bash
            COMP_WORDS=(\(all)); COMP_CWORD=\(words.count); COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9
            "$(complete -p assay | sed 's/.*-F \\([^ ]*\\).*/\\1/')" assay "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """,
        ]
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let candidates = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
        #expect(candidates.split(separator: "\n").contains { $0 == expected }, "\(id): \(candidates)\(text)")
    }

    @Test func namesAreCompleted() throws {
        let project = try TestProject()
        try project.write("assay.yaml", Self.spec + "\nvariants:\n  quick: { commands.first.run: \"echo 1 > first.txt\" }\n")
        #expect(try project.assay("run", "--json").status == 0)
        let script = try project.assay("--generate-completion-script", "bash")
        #expect(script.status == 0 && script.output.contains("assay"))
        let runs = try project.assay("---completion", "show", "--", "positional@0", "1", "0", "assay", "show", "")
        #expect(runs.output.contains("last\n20"), "\(runs.output)\(runs.errors)")
        let variants = try project.assay("---completion", "plan", "--", "--variant", "2", "0", "assay", "plan", "--variant", "")
        #expect(variants.output.contains("all") && variants.output.contains("quick"), "\(variants.output)\(variants.errors)")
        try project.write("small.yaml", SmallExperiment.spec)
        let models = try project.assay(
            "---completion", "predict", "--", "positional@1", "3", "0", "assay", "predict", "small.yaml", "")
        #expect(models.output.contains("base\ntuned\ncnn"), "\(models.output)\(models.errors)")
        try project.write("b c.yaml", Self.spec + "\nvariants:\n  spaced: { commands.first.run: \"echo 2 > first.txt\" }\n")
        for word in ["b\\ c.yaml", "'b c.yaml'"] {
            let spaced = try project.assay(
                "---completion", "plan", "--", "--variant", "3", "0", "assay", "plan", word, "--variant", "")
            #expect(spaced.output.contains("spaced"), "\(word): \(spaced.output)\(spaced.errors)")
        }
        #expect(try project.assay("runs", "tag", "last", "paper").status == 0)
        let tags = try project.assay("---completion", "runs", "list", "--", "--tag", "2", "0", "assay", "runs", "--tag", "")
        #expect(tags.output.contains("paper"), "\(tags.output)\(tags.errors)")
        // Names of steps contain colons, at which bash ends a word and zsh begins a description.
        #expect(script.output.contains("COMP_WORDBREAKS=\"${COMP_WORDBREAKS//:/}\""))
        for (shell, step) in [("bash", "run-command:first"), ("zsh", "run-command\\:first")] {
            let steps = try project.assay(
                "---completion", "show", "--", "positional@1", "3", "0", "assay", "show", "last", "",
                environment: ["SAP_SHELL": shell])
            #expect(steps.output.contains(step + "\n"), "\(shell): \(steps.output)\(steps.errors)")
        }
    }
}
