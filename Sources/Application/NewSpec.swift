// Writes a project's first spec for existing images.

package import Basics
import Foundation
import Platform
package import Specification

/// The data that a new spec describes.
package enum FoundData {
    case labels(FoundDataset)
    case items(FoundItems)

    /// `80 images of 4 labels`.
    package var summary: String {
        switch self {
        case .labels(let found): found.summary
        case .items(let found): found.summary
        }
    }
}

/// A spec written by `assay init`, read back and checked.
package struct NewSpec: Sendable {
    /// The path of the new spec.
    package var path: String
    /// The spec as it was read back.
    package var spec: LoadedSpec
    /// `80 images of 4 labels`.
    package var summary: String
    /// Notes for the user about the choices made, one line each.
    package var remarks: [String]
    /// Errors and warnings of the written spec and its data.
    package var diagnostics: [Diagnostic]

    /// Whether there are no errors.
    package var isValid: Bool { !diagnostics.contains { $0.severity == .error } }

    /// Throws `Refusal` if the file exists and `replaces` is false.
    package static func requireFree(_ path: String, replaces: Bool) throws {
        guard replaces || !LocalFileSystem().exists(path) else {
            throw Refusal("\(path) already exists; --force replaces it", code: .invalid)
        }
    }

    /// Finds the images of a folder, an archive or a table, as input for `write`.
    /// - Throws: `Refusal` with advice.
    package static func find(_ path: String) async throws -> FoundData {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return try await FoundDataset.explaining(path) {
            let isTable = FoundDataset.isTable(path)
            var failure: (any Error)?
            if isTable || (try? FoundDataset(folder: path)) == nil {
                // A Hugging Face image folder has its table next to its images.
                let tables = isTable ? [path].filter(LocalFileSystem().exists) : FoundDataset.metadata(in: path)
                for table in tables {
                    do {
                        if let items = try await FoundItems.find(table: table) { return .items(items) }
                    } catch let unusable as FoundItems.UnusableQuestions {
                        throw unusable.error
                    } catch {
                        failure = failure ?? error
                    }
                }
            }
            // A column such as 'number' may also number the images of a table of labels.
            do { return .labels(try await FoundDataset(at: path)) } catch { throw failure ?? error }
        }
    }

    /// Writes a spec, with a model of this kind if `trainer` is given, and checks it as `validate` does.
    /// - Throws: `Refusal` for images that no spec can be written for; `SpecificationError`.
    package static func write(
        for found: FoundData, from images: String, answers: Answerer, trainer: TrainerTemplate? = nil, to output: String
    ) async throws -> NewSpec {
        let folder = URL(fileURLWithPath: output).deletingLastPathComponent().standardizedFileURL.path
        let name = SpecTemplate.name(from: URL(fileURLWithPath: images).standardizedFileURL.path)
        let template =
            switch found {
            case .labels(let dataset):
                try SpecTemplate(
                    name: name, dataset: dataset, reference: reference(to: dataset.path, from: folder),
                    root: dataset.root.map { reference(to: $0, from: folder) }, answers: answers, trainer: trainer)
            case .items(let items):
                try SpecTemplate(
                    name: name, items: items, reference: reference(to: items.path, from: folder),
                    root: items.root.map { reference(to: $0, from: folder) }, answers: answers)
            }
        try LocalFileSystem().replace(output, with: Data(template.text.utf8), durable: false)
        let loaded = try SpecRequest.loader().load(output)
        let check = await LocalDatasetCheck.run(loaded)
        return NewSpec(
            path: output, spec: loaded, summary: found.summary, remarks: template.remarks, diagnostics: check.diagnostics)
    }

    /// A path as written in the spec: relative to the spec's folder if it is inside it.
    private static func reference(to path: String, from folder: String) -> String {
        let whole = URL(fileURLWithPath: path).standardizedFileURL.path
        if whole == folder { return "." }
        return whole.hasPrefix(folder + "/") ? String(whole.dropFirst(folder.count + 1)) : whole
    }
}
