// Writes a project's first spec for existing images.

package import Basics
import Foundation
import Platform
package import Specification

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
    package static func find(_ path: String) async throws -> FoundDataset {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return try await FoundDataset(at: path)
    }

    /// Writes a spec, with a model of this kind if `trainer` is given, and checks it as `validate` does.
    /// - Throws: `Refusal` for images that no spec can be written for; `SpecificationError`.
    package static func write(
        for found: FoundDataset, from images: String, answers: Answerer, trainer: TrainerTemplate? = nil, to output: String
    ) async throws -> NewSpec {
        let folder = URL(fileURLWithPath: output).deletingLastPathComponent().standardizedFileURL.path
        let template = try SpecTemplate(
            name: SpecTemplate.name(from: URL(fileURLWithPath: images).standardizedFileURL.path), dataset: found,
            reference: reference(to: found.path, from: folder),
            root: found.root.map { reference(to: $0, from: folder) }, answers: answers, trainer: trainer)
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
