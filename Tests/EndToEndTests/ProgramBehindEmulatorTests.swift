// Programs instead of the emulator's model, from the spec to the report.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct ProgramBehindEmulatorTests {
    private func project(_ provider: String) throws -> TestProject {
        let project = try TestProject()
        try project.pictures("lines", perLabel: 2)
        var table = "path,text\n"
        for label in ["blue", "green", "red"] { for index in 0..<2 { table += "lines/\(label)/\(index).png,Total 4\n" } }
        try project.write("lines.csv", table)
        try project.write("answer.txt", "Total 4\n")
        try spec(project, provider)
        return project
    }

    private func spec(_ project: TestProject, _ provider: String) throws {
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: lines
            task: transcribe
            dataset: { table: lines.csv }
            splits: { main: { test: 100% } }
            prompts: { read: { user: [image, { text: "Write down the text." }] } }
            requests: { text: { prompt: read, answer: text, max_tokens: 50 } }
            providers: { local: { kind: emulator, account: ocr, \(provider) } }
            models: { ocr: { provider: local, model: some-ocr, deployment: ocr, batch_deployment: ocr-batch } }
            evaluations:
              reading: { split: main.test, models: { ocr: { online: text } } }
            """)
    }

    @Test func `a program with its inputs answers online, and is part of the key`() throws {
        let project = try project("program: [cat, answer.txt], inputs: [answer.txt]")
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        #expect(run.output.contains("0.0%") || run.output.contains("0.0%"), "\(run.output)")
        #expect(try project.assay("run", "spec.yaml", "--json").steps("ran").isEmpty)
        // Another file, version or command line is another program: its answers are asked for again.
        for (id, provider) in [
            ("version", "program: [cat, answer.txt], inputs: [answer.txt], version: v2"),
            ("command line", #"program: "cat answer.txt", inputs: [answer.txt]"#),
        ] {
            try spec(project, provider)
            let again = try project.assay("run", "spec.yaml", "--json")
            #expect(again.status == 0 && !again.steps("ran").isEmpty, "\(id): \(again.errors)\n\(again.output)")
        }
        try project.write("answer.txt", "Total 5\n")
        let changed = try project.assay("run", "spec.yaml", "--json")
        #expect(changed.status == 0 && !changed.steps("ran").isEmpty, "input: \(changed.errors)\n\(changed.output)")
    }

    @Test func `a program that fails ends the run with its message`() throws {
        let project = try project(#"program: "echo no language data >&2; exit 4""#)
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status != 0)
        #expect((run.errors + run.output).contains("no language data"), "\(run.errors)\n\(run.output)")
    }

    @Test(arguments: [
        ("weights", "program: cat, weights: w.safetensors", "weights"),
        ("inputs alone", "inputs: [answer.txt]", "program"),
        ("missing input", "program: cat, inputs: [nowhere.txt]", "nowhere.txt"),
        ("long_lived alone", "long_lived: true", "program"),
    ])
    func `misfits are errors at their place`(id: String, provider: String, error: String) throws {
        let project = try project(provider)
        let plan = try project.assay("plan", "spec.yaml")
        #expect(plan.status != 0, "\(id): \(plan.output)")
        #expect(plan.errors.contains("spec.yaml:8:") && plan.errors.contains(error), "\(id): \(plan.errors)")
    }

    /// Guards: the answers of another emulator must not be stored as those of the program.
    @Test func `a running emulator does not take the program's place`() throws {
        let project = try project("program: [cat, answer.txt], inputs: [answer.txt]")
        let run = try project.assay("run", "spec.yaml", environment: ["ASSAY_EMULATOR": "http://key@127.0.0.1:9"])
        #expect(run.status != 0)
        #expect(
            run.errors.contains("has a program, but the emulator in ASSAY_EMULATOR does not start programs"),
            "\(run.errors)\n\(run.output)")
    }

    @Test func `emulate serves a program`() throws {
        let project = try TestProject()
        let refused = try project.assay("emulate", "--program", "cat", "--weights", "w.safetensors")
        #expect(refused.status != 0 && refused.errors.contains("--program replaces the model"), "\(refused.errors)")
        let alone = try project.assay("emulate", "--program-long-lived")
        #expect(alone.status != 0 && alone.errors.contains("needs --program"), "\(alone.errors)")
    }
}
