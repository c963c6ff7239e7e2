// A spec that was read and checked, and where each part of it stands.

package import Basics
package import TaskKit

/// One variant of a spec with everything known about it from its files alone.
package struct LoadedSpec: Sendable {
    /// The path of the spec as the user named it.
    package let path: String
    /// `default`, or the variant's name.
    package let name: VariantName
    package let spec: ExperimentSpec
    /// The configured task of the spec; `nil` for classification without the key.
    package let task: (any TaskDefinition)?
    /// The process's environment, and beneath it the `.env` beside the spec.
    package let environment: Environment
    /// The price table that the spec names.
    package let prices: PriceTable?
    /// The labels that the spec expects, sorted, when it names them.
    package let expectedLabels: [String]?
    package let warnings: [Diagnostic]
    package let sources: SourceTexts
    /// The spec with everything merged.
    package let root: YAMLNode
    /// The values by which it differs from the file, by path.
    package internal(set) var changes: [String: JSONValue] = [:]
    /// What makes other variants of it.
    let origin: Origin

    /// Where the value at a path such as `models.tuned.fine_tune.hyperparameters.n_epochs` stands; `nil` for a default.
    package func range(of path: String) -> SourceRange? { root.node(at: path)?.position.range }

    /// Where the value at a path stands or, for a default, the nearest map around it.
    package func place(of path: String) -> SourceRange {
        var node = root
        for component in path.split(separator: ".") {
            guard let inner = node[String(component)] else { break }
            node = inner
        }
        return node.position.start.range
    }

    /// The value at a path as it is written, with everything merged; `nil` for a default.
    package func value(at path: String) -> JSONValue? { root.node(at: path)?.json }

    /// The files that its values stand in: the spec, then what it extends, the nearest first.
    package var documents: [String] {
        var names = [path]
        var seen: Set<SourceText> = []
        func visit(_ node: YAMLNode) {
            let source = node.position.source
            if seen.insert(source).inserted, sources[source.name] != nil, !source.name.hasPrefix("--set"),
                !names.contains(source.name)
            {
                names.append(source.name)
            }
            for pair in node.pairs ?? [] { visit(pair.value) }
            for item in node.items ?? [] { visit(item) }
        }
        visit(root)
        return names
    }

    /// The lines of a diagnostic with the text it is about.
    package func rendered(_ diagnostic: Diagnostic) -> String {
        DiagnosticRenderer(sources: sources).render(diagnostic)
    }
}

extension YAMLNode {
    /// The value at a dotted path.
    package func node(at path: String) -> YAMLNode? {
        var node = self
        var rest = path[...]
        while !rest.isEmpty {
            let key = Substring(rest.utf8.prefix { $0 != UInt8(ascii: ".") })
            rest = Substring(rest.utf8[key.endIndex...].dropFirst())
            guard !key.isEmpty else { continue }
            guard let inner = node[String(key)] else { return nil }
            node = inner
        }
        return node
    }
}
