// Describes a spec's dataset and how its splits divide it.

import Artifacts
package import Basics
import Planning
package import Specification

/// The dataset of a spec: images per label and part, skipped files, errors and warnings.
package struct DatasetInspection: Sendable {
    /// One part of a split.
    package struct Part: Sendable {
        /// The split and part: `main.test`.
        package var name: String
        /// The number of images in the part, after `--limit`.
        package var images: Int
        /// The number of images of each label.
        package var labels: [String: Int]
    }

    /// The base spec or the first selected variant.
    package var spec: LoadedSpec
    /// Counts, formats, sizes and skipped files of the whole dataset.
    package var overview: DatasetOverview
    /// The non-empty parts of all splits.
    package var parts: [Part]
    /// Errors and warnings, located in the spec or the table.
    package var diagnostics: [Diagnostic]
    /// Whether every image was decoded, now or by an earlier run.
    package var isDecoded: Bool

    /// Inspects local data, and decodes every image that was not decoded before. Downloaded and generated images are
    /// known only after a run has indexed them.
    /// - Throws: `Refusal` without a dataset, or if remote images have not been indexed; `DiagnosticsError`.
    package init(_ request: SpecRequest) async throws {
        let specs = try request.load()
        spec = specs.variants.first?.loaded ?? specs.base
        guard let dataset = spec.spec.dataset else { throw Refusal("the spec has no dataset", code: .invalid) }
        let workspace = try Workspace(spec: request.spec, state: request.state)
        // Prefers the index of an earlier run over these files, because it decoded every image.
        var check = (try? await DatasetInspection.indexed(request, specs, workspace, spec)) ?? LocalDatasetCheck()
        if check.overview == nil {
            let decoder = DatasetDecoder(workspace)
            check = await LocalDatasetCheck.run(
                spec, limit: request.limit, digests: workspace.store.statCache(), decoder: decoder)
            await decoder.finish()
        }
        guard let overview = check.overview else {
            if check.diagnostics.isEmpty {
                let how = if case .generate = dataset.source { "drawn" } else { "downloaded" }
                throw Refusal("the images do not exist yet: they are \(how) when the spec runs", code: .failure)
            }
            throw DiagnosticsError(check.diagnostics)
        }
        self.overview = overview
        parts = DatasetInspection.parts(spec, check.manifest, limit: request.limit)
        diagnostics = check.diagnostics
        isDecoded = check.isDecoded
    }

    /// The stored index of these files; without an overview if no run has indexed them.
    private static func indexed(
        _ request: SpecRequest, _ specs: ChosenSpecs, _ workspace: Workspace, _ loaded: LoadedSpec
    ) async throws -> LocalDatasetCheck {
        let prepared = try await PreparedPlan.prepare(request, specs, workspace: workspace)
        var check = LocalDatasetCheck()
        guard let index = prepared.plan.steps.firstIndex(where: { $0.kind == .indexDataset }) else { return check }
        let outputs = prepared.statuses[index].outputs
        if let digest = outputs[IndexDataset.overview] {
            check.overview = try DatasetOverview(json: workspace.store.bytes(of: digest))
            check.isDecoded = true
        }
        if let digest = outputs[IndexDataset.manifest] {
            check.manifest = try DatasetManifest(decoding: workspace.store.bytes(of: digest))
        }
        let prompts = loaded.spec.askedPrompts
        let separators = DatasetFindings.separatorWarnings(check.manifest?.labels ?? [], prompts: prompts)
        let variables = DatasetFindings.variableWarnings(
            check.manifest == nil ? [] : loaded.optionalVariables(in: prompts),
            given: check.manifest?.entries.compactMap(\.item) ?? [], prompts: prompts)
        check.diagnostics = ((check.overview?.warnings ?? []) + separators + variables).map {
            Diagnostic(.warning, code: $0.code, $0.message, at: loaded.range(of: "dataset"), hint: $0.hint)
        }
        if let manifest = check.manifest { check.checkSplits(manifest, loaded, request.limit) }
        return check
    }

    private static func parts(_ loaded: LoadedSpec, _ manifest: DatasetManifest?, limit: Int?) -> [Part] {
        guard let manifest else { return [] }
        return loaded.spec.splits.flatMap { name, rule -> [Part] in
            guard let split = try? rule.split(manifest, limit: limit) else { return [] }
            return SplitPart.allCases.compactMap { part in
                let examples = split[part].examples
                guard !examples.isEmpty else { return nil }
                return Part(
                    name: "\(name).\(part.rawValue)", images: examples.count,
                    labels: examples.reduce(into: [:]) { $0[$1.label, default: 0] += 1 })
            }
        }
    }
}
