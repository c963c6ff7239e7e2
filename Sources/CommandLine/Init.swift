// `assay init`: a working, commented spec for images that are there.

import Application
import ArgumentParser
import Basics
import Foundation
import Platform
import Specification

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a commented spec for images that are there.",
        discussion: """
            Asks for what is not given and looks at the images for the rest. Without a terminal --images must be given; \
            the models then are the emulator's, which costs nothing, and a CNN.
            """)

    @Option(
        help: "A folder of images, one folder for each label; an archive of one; or a table (CSV, TSV, JSON Lines, Parquet).",
        completion: .file())
    var images: String?
    @Option(help: "Who answers as the vision-language model.")
    var answers: Answerer?
    @Option(name: .shortAndLong, help: "The file to write.", completion: .file(extensions: ["yaml", "yml"]))
    var output = "assay.yaml"
    @Flag(help: "Replace the file when it is there.")
    var force = false

    func run() async throws {
        do {
            try await write()
        } catch let refusal as Refusal {
            Terminal.writeError(refusal.description)
            throw ExitCode(refusal.code)
        } catch let error as SpecificationError {
            Terminal.writeError(DiagnosticRenderer(sources: error.sources).render(error.diagnostics))
            throw ExitCode.invalid
        }
    }

    private func write() async throws {
        guard force || !LocalFileSystem().exists(output) else {
            throw Refusal("\(output) is there already; give --force to replace it", code: .invalid)
        }
        let canAsk = isatty(0) == 1
        guard var path = images ?? (canAsk ? ask("Where are the images (one folder for each label)?", "images") : nil)
        else { throw Refusal("give --images: a folder of images, one folder for each label", code: .invalid) }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let found = try await FoundDataset(at: path)
        let answers = try self.answers ?? (canAsk ? askForAnswers() : .emulator)
        let folder = URL(fileURLWithPath: output).deletingLastPathComponent().standardizedFileURL.path
        let template = try SpecTemplate(
            name: SpecTemplate.name(from: URL(fileURLWithPath: path).standardizedFileURL.path), dataset: found,
            reference: Init.reference(to: found.path, from: folder),
            root: found.root.map { Init.reference(to: $0, from: folder) }, answers: answers)
        try LocalFileSystem().replace(output, with: Data(template.text.utf8), durable: false)
        // The file must be valid: read it and look at its images as 'validate' does.
        let loaded = try SpecRequest.loader().load(output)
        let look = await DatasetLook.look(loaded)
        Reporter.warn(look.diagnostics, loaded)
        Terminal.writeLine("wrote \(output) for \(found.summary)")
        for remark in template.remarks { Terminal.writeLine("note: \(remark)") }
        if look.diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode.invalid }
        Terminal.writeLine("next: assay plan \(output), then assay run \(output)")
    }

    private func ask(_ question: String, _ usual: String) -> String {
        Terminal.write("\(question) [\(usual)] ")
        let answer = (readLine() ?? "").trimmingCharacters(in: .whitespaces)
        return answer.isEmpty ? usual : answer
    }

    private func askForAnswers() throws -> Answerer {
        let words = Answerer.allCases.map(\.rawValue).joined(separator: ", ")
        let answer = ask("Who answers as the vision-language model (\(words))?", Answerer.emulator.rawValue)
        guard let answers = Answerer(rawValue: answer) else {
            throw Refusal("'\(answer)' is none of \(words)", code: .invalid)
        }
        return answers
    }

    /// A path as the spec names it: relative to the spec's folder where it lies below.
    private static func reference(to path: String, from folder: String) -> String {
        let whole = URL(fileURLWithPath: path).standardizedFileURL.path
        if whole == folder { return "." }
        return whole.hasPrefix(folder + "/") ? String(whole.dropFirst(folder.count + 1)) : whole
    }
}

extension Answerer: ExpressibleByArgument {}
