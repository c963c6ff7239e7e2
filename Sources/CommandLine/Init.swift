// `assay init`: writes a working, commented spec for existing images.

import Application
import ArgumentParser
import Basics
import Foundation

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a commented spec for your images.",
        discussion: """
            Asks for missing settings and inspects the images for the rest. Without a terminal, the images are \
            required ('assay init photos' or --images), and the models are those of the emulator, which is free, and \
            a CNN.
            """)

    @Argument(help: "The images; the same as --images.", completion: .file())
    var data: String?
    @Option(
        help:
            "A folder with one subfolder per label, an archive of such a folder, or a table (CSV, TSV, JSON Lines, Parquet) of labels or of another task.",
        completion: .file())
    var images: String?
    @Option(help: "The provider of the vision-language model.")
    var answers: Answerer?
    @Option(help: "Also write a trainer, train.py, and a model of the spec that it trains: pytorch, timm or sklearn.")
    var trainer: TrainerTemplate?
    @Option(name: .shortAndLong, help: "The file to write.", completion: .file(extensions: ["yaml", "yml"]))
    var output = "assay.yaml"
    @Flag(help: "Replace an existing file.")
    var force = false

    func run() async throws {
        try await Reporter.explaining { try await write() }
    }

    private func write() async throws {
        try NewSpec.requireFree(output, replaces: force)
        let canAsk = isatty(0) == 1
        if let images, let data, images != data {
            throw Refusal("the images are given twice: '\(data)' and '--images \(images)'", code: .invalid)
        }
        guard let path = images ?? data ?? (canAsk ? ask("Where are the images (one folder per label)?", "images") : nil)
        else {
            throw Refusal(
                "name the images, as in 'assay init FOLDER': a folder with one subfolder per label", code: .invalid)
        }
        let found = try await NewSpec.find(path)
        if case .items = found, trainer != nil {
            throw Refusal(
                "--trainer writes a trainer for labels, but this is a table of \(found.summary); docs/trainers.md shows how to "
                    + "write one for other tasks", code: .invalid)
        }
        let answers = try self.answers ?? (canAsk ? askForAnswers() : .emulator)
        // The spec refers to the program's files, so they are written first.
        let programs = try trainer?.write(to: output.parentPath, replaces: force) ?? []
        let new = try await NewSpec.write(for: found, from: path, answers: answers, trainer: trainer, to: output)
        Reporter.warn(new.diagnostics, new.spec)
        Terminal.writeLine("wrote \(new.path) for \(new.summary)")
        if let trainer {
            Terminal.writeLine(
                "wrote \(programs.joined(separator: " and ")): a trainer, which needs 'pip install \(trainer.packages)'; "
                    + "'\(ShellText.command(["assay", "doctor", output, "--trainers"]))' tests it")
        }
        for remark in new.remarks { Terminal.writeSentences("note: \(remark)\n") }
        if !new.isValid { throw ExitCode.invalid }
        let request = SpecRequest(spec: output)
        NextCommand.write(
            "\(NextCommand.of(request, "plan")) shows what a run would do, \(NextCommand.of(request, "run")) runs it")
    }

    private func ask(_ question: String, _ usual: String) -> String {
        Terminal.write("\(question) [\(usual)] ")
        let answer = (readLine() ?? "").trimmingCharacters(in: .whitespaces)
        return answer.isEmpty ? usual : answer
    }

    private func askForAnswers() throws -> Answerer {
        let words = Answerer.names.joined(separator: ", ")
        let answer = ask("Which provider serves the vision-language model (\(words))?", "emulator")
        guard let answers = Answerer(answer) else {
            throw Refusal("'\(answer)' is not one of \(words)", code: .invalid)
        }
        return answers
    }

}

extension Answerer: ExpressibleByArgument {
    /// The choice of that name; `nil` if there is none.
    package init?(argument: String) { self.init(argument) }

    /// The names of the choices, for help and completion.
    package static var allValueStrings: [String] { names }
}

extension TrainerTemplate: ExpressibleByArgument {}
