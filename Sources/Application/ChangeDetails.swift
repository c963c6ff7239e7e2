// Traces a changed part of a key to an environment variable or to files.

package import Artifacts
package import Basics
import Foundation
package import Planning
import Platform
import Specification
import Steps
import TaskKit
import Tasks

/// Finds the cause of a changed part of a step's key.
package struct ChangeDetails {
    let prepared: PreparedPlan
    let workspace: Workspace

    /// Returns the last result of a step; `nil` if there is none.
    package let last: (StepID) -> ResultManifest?

    /// - Parameter last: returns the last result of a step, against which changes are described.
    package init(prepared: PreparedPlan, workspace: Workspace, last: @escaping (StepID) -> ResultManifest?) {
        self.prepared = prepared
        self.workspace = workspace
        self.last = last
    }

    /// The cause of a change as text: `; from AZURE_OPENAI_ENDPOINT`, `: dogs/7.jpg changed, dogs/9.jpg added`.
    package func text(of change: KeyChange, at step: StepID) -> String {
        let variables = variables(of: change)
        // The key part of a program's input already names the file.
        let files = change.part.hasPrefix("files.") ? [] : files(of: change, at: step)
        var text = variables.isEmpty ? "" : ", from the environment variable \(variables.joined(separator: ", "))"
        if !files.isEmpty {
            text += ": " + files.prefix(3).joined(separator: ", ")
            if files.count > 3 { text += " and \(files.count - 3) more" }
        }
        return text
    }

    /// The environment variables that determine the part's value.
    package func variables(of change: KeyChange) -> [String] {
        let environment = "environment."
        if change.part.hasPrefix(environment) { return [String(change.part.dropFirst(environment.count))] }
        guard let place = change.place else { return [] }
        for (_, loaded) in prepared.specs.variants {
            guard let line = loaded.sources.line(place.line, of: place.file) else { continue }
            let characters = Array(line.unicodeScalars)
            let end = min(place.endColumn.map { $0 - 1 } ?? characters.count, characters.count)
            guard place.column >= 1, place.column - 1 < end else { continue }
            var text = ""
            text.unicodeScalars.append(contentsOf: characters[(place.column - 1)..<end])
            return EnvironmentText(text).names
        }
        return []
    }

    /// The changed files, as `dogs/7.jpg changed`.
    package func files(of change: KeyChange, at step: StepID) -> [String] {
        guard let at = prepared.plan.positions()[step] else { return [] }
        if case .indexDataset(let work) = prepared.plan.steps[at].work, let path = work.settings.path,
            let files = datasetFiles(of: work, at: path, step)
        {
            return files
        }
        if change.part.hasPrefix("files.") {
            let kind = change.was == nil ? "added" : change.now == nil ? "removed" : "changed"
            return ["\(change.part.dropFirst("files.".count)) \(kind)"]
        }
        guard let digest = change.now?.string.flatMap(Digest.init(hex:)) else { return [] }
        return prepared.observations.contents.filter { $0.value == digest }.map { "\($0.key) changed" }.sorted()
    }

    /// Files that changed since a folder or a table was indexed, such as `dogs/7.jpg changed`: images, or skipped
    /// files if no image changed. `nil` for other sources and without an index.
    private func datasetFiles(of work: IndexDataset, at path: String, _ step: StepID) -> [String]? {
        guard let old = last(step), let output = old.output(IndexDataset.manifest),
            let data = try? workspace.store.bytes(of: output.digest), let manifest = try? DatasetManifest(decoding: data)
        else { return nil }
        let listing: DatasetListing?
        switch work.identity.source {
        case .folder: listing = try? DatasetListing.folder(path, work.identity)
        case .table:
            listing = (try? LocalFileSystem().read(path)).flatMap {
                try? DatasetListing.table(path, $0, root: work.settings.root, work.identity, .standard)
            }
        // Their errors and changes are those of many files.
        case .fetched, .archive, .generate, .coco, .voc: return nil
        }
        guard let listing else { return nil }
        let now = listing.images.filter { $0.problem == nil }
        let cache = workspace.store.statCache()
        var digests: [String: Digest] = [:]
        for image in now { digests[image.image.path] = try? cache.digest(ofFileAt: image.file).digest }
        let unreadable = IndexDatasetFacts(old.facts).unreadable
        let changes = DatasetChange.between(manifest, unreadable: Set(unreadable), now.map(\.image), digests: digests)
        guard changes.isEmpty else { return changes.map { "\($0.path) \($0.kind.rawValue)" } }
        return skippedFiles(old, listing)
    }

    /// Newly skipped files, and skipped files that no longer exist.
    private func skippedFiles(_ old: ResultManifest, _ listing: DatasetListing) -> [String] {
        guard let output = old.output(IndexDataset.overview), let data = try? workspace.store.bytes(of: output.digest),
            let overview = try? DatasetOverview(json: data)
        else { return [] }
        let before = Set(overview.skipped.map { ExactText($0.path) })
        let skipped = Set((listing.skipped + listing.unreadable).map { ExactText($0.path) })
        let now = skipped.union(listing.images.map { ExactText($0.image.path) })
        let added = skipped.subtracting(before).map { "\($0.text) added" }
        let removed = before.subtracting(now).map { "\($0.text) removed" }
        return (added + removed).sortedByBytes()
    }
}
