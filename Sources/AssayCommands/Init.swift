// `assay init`: a working, commented spec for images that are there.

import ArgumentParser
import Basics
import Foundation
import Planning
import Platform
import Specification
import Steps

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a commented spec for a folder of images.",
        discussion: """
            Asks for what is not given and looks at the images for the rest. Without a terminal --images must be given; \
            the models then are the emulator's, which costs nothing, and a CNN.
            """)

    enum Answers: String, ExpressibleByArgument, CaseIterable {
        case emulator, openai, none
        case azureOpenAI = "azure-openai"
    }

    @Option(
        help: "A folder of images, one folder for each label; or an archive of one, or a CSV table.",
        completion: .file())
    var images: String?
    @Option(help: "Who answers as the vision-language model.")
    var answers: Answers?
    @Option(name: .shortAndLong, help: "The file to write.", completion: .file(extensions: ["yaml", "yml"]))
    var output = "assay.yaml"
    @Flag(help: "Replace the file when it is there.")
    var force = false

    func run() throws {
        do {
            try write()
        } catch let refusal as Refusal {
            Terminal.writeError(refusal.description)
            throw refusal.code
        } catch let error as SpecificationError {
            Terminal.writeError(DiagnosticRenderer(sources: error.sources).render(error.diagnostics))
            throw ExitCode.invalid
        }
    }

    private func write() throws {
        guard force || !LocalFileSystem().exists(output) else {
            throw Refusal("\(output) is there already; give --force to replace it", code: .invalid)
        }
        let canAsk = isatty(0) == 1
        guard let path = images ?? (canAsk ? ask("Where are the images (one folder for each label)?", "images") : nil)
        else { throw Refusal("give --images: a folder of images, one folder for each label", code: .invalid) }
        let found = try FoundDataset(at: path)
        let answers = try self.answers ?? (canAsk ? askForAnswers() : .emulator)
        let folder = URL(fileURLWithPath: output).deletingLastPathComponent().standardizedFileURL.path
        let template = SpecTemplate(
            name: SpecTemplate.name(from: path), dataset: found, reference: Init.reference(to: path, from: folder),
            answers: answers)
        let text = try template.text()
        if answers == .azureOpenAI || answers == .openai {
            let prices = folder + "/prices.yaml"
            if !LocalFileSystem().exists(prices) {
                try LocalFileSystem().replace(prices, with: Data(SpecTemplate.prices.utf8), durable: false)
                Terminal.writeLine("wrote \(prices): check it against your contract")
            }
        }
        try LocalFileSystem().replace(output, with: Data(text.utf8), durable: false)
        // What is written must be readable: read it as every other command does.
        _ = try SpecOptions.loader().load(output)
        Terminal.writeLine("wrote \(output) for \(found.summary)")
        Terminal.writeLine("next: assay plan \(output), then assay run \(output)")
    }

    private func ask(_ question: String, _ usual: String) -> String {
        Terminal.write("\(question) [\(usual)] ")
        let answer = (readLine() ?? "").trimmingCharacters(in: .whitespaces)
        return answer.isEmpty ? usual : answer
    }

    private func askForAnswers() throws -> Answers {
        let words = Answers.allCases.map(\.rawValue).joined(separator: ", ")
        let answer = ask("Who answers as the vision-language model (\(words))?", Answers.emulator.rawValue)
        guard let answers = Answers(rawValue: answer) else {
            throw Refusal("'\(answer)' is none of \(words)", code: .invalid)
        }
        return answers
    }

    /// A path as the spec names it: relative to the spec's folder where it lies below.
    private static func reference(to path: String, from folder: String) -> String {
        let whole = URL(fileURLWithPath: path).standardizedFileURL.path
        return whole.hasPrefix(folder + "/") ? String(whole.dropFirst(folder.count + 1)) : whole
    }
}

/// Images as `init` finds them: how they are kept, with how many of each label.
struct FoundDataset {
    enum Form { case folder, archive, table }

    let form: Form
    let layout: DatasetSpec.Layout
    let images: [LabelledImage]

    /// - Throws: `Refusal` with what to do, when these are no labelled images.
    init(at path: String) throws {
        guard let status = try LocalFileSystem().status(path) else {
            throw Refusal("there is no '\(path)'", code: .invalid)
        }
        do {
            if status.kind == .folder {
                form = .folder
                let paths = try files(below: path).map { String($0.path.dropFirst(path.count + 1)) }
                (layout, images) = try FoundDataset.labelled(paths)
            } else if FoundDataset.isTable(path) {
                form = .table
                layout = .folderPerLabel
                images = try LabelTable(
                    parsing: LocalFileSystem().read(path), label: LabelSpec(),
                    roots: DatasetListing.spellings(of: Platform.folder(of: path))
                ).images
            } else {
                form = .archive
                var paths: [String] = []
                try Archive(path).forEach { entry, _ in if entry.kind == .file { paths.append(entry.path) } }
                (layout, images) = try FoundDataset.labelled(paths)
            }
        } catch {
            let advice = (error as? DatasetError)?.hint ?? (FoundDataset.isTable(path)
                ? "A table has the columns path and label, and split where it says which images train and test."
                : "Put the images of each label into a folder named like it, all of these into one folder, and give that.")
            throw Refusal("'\(path)' is no set of labelled images: \(error)\n\(advice)", code: .invalid)
        }
    }

    private static func isTable(_ path: String) -> Bool {
        [".csv", ".tsv", ".jsonl", ".ndjson"].contains { path.lowercased().hasSuffix($0) }
    }

    private static func labelled(_ paths: [String]) throws -> (DatasetSpec.Layout, [LabelledImage]) {
        if let parted = try? DatasetSpec.Layout.splitFolders.images(among: paths, label: LabelSpec()) {
            return (.splitFolders, parted)
        }
        return (.folderPerLabel, try DatasetSpec.Layout.folderPerLabel.images(among: paths, label: LabelSpec()))
    }

    var counts: [String: Int] { images.reduce(into: [:]) { $0[$1.label, default: 0] += 1 } }
    /// Whether the dataset says which images train and which test.
    var hasParts: Bool { images.allSatisfy { $0.part != nil } }
    func count(of part: SplitPart) -> Int { images.count { $0.part == part } }

    var summary: String { "\(images.count) images of \(counts.count) labels" }
}
