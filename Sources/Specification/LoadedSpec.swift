// A parsed and validated spec with the source position of each value.

package import Basics
package import TaskKit

/// One variant of a spec, with everything that follows from its files alone.
package struct LoadedSpec: Sendable {
    /// The path of the spec as the user gave it.
    package let path: String
    /// The variant's name; `default` for the unchanged spec.
    package let name: VariantName
    /// The typed values of the spec.
    package let spec: ExperimentSpec
    /// The configured task of the spec; `nil` for classification without a `task` key.
    package let task: (any TaskDefinition)?
    /// The environment of the process and of the `.env` file next to the spec.
    package let environment: Environment
    /// The price table named in the spec; `nil` for the built-in prices.
    package let prices: PriceTable?
    /// The expected labels, sorted; `nil` when the spec does not list them.
    package let expectedLabels: [String]?
    /// Problems that do not prevent the run, in reading order.
    package let warnings: [Diagnostic]
    /// The texts of all files that were read, for excerpts in diagnostics.
    package let sources: SourceTexts
    /// The merged document, including `extends` and changes.
    package let root: YAMLNode
    /// The values that differ from the file, keyed by dotted path.
    package internal(set) var changes: [String: JSONValue] = [:]
    /// The unchanged documents, from which other variants are derived.
    let origin: Origin

    /// The position of the value at a path such as `models.tuned.fine_tune.hyperparameters.n_epochs`; `nil` for a
    /// default.
    package func range(of path: String) -> SourceRange? { root.node(at: path)?.position.range }

    /// The position of the value at a path or, for a default, of the nearest enclosing map.
    package func place(of path: String) -> SourceRange {
        var node = root
        for component in path.split(separator: ".") {
            guard let inner = node[String(component)] else { break }
            node = inner
        }
        return node.position.start.range
    }

    /// The value at a path as written, after merging; `nil` for a default.
    package func value(at path: String) -> JSONValue? { root.node(at: path)?.json }

    /// The files that contain the values: the spec first, then the files it extends, nearest first.
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

    /// A diagnostic as text with an excerpt of its source.
    package func rendered(_ diagnostic: Diagnostic) -> String {
        DiagnosticRenderer(sources: sources).render(diagnostic)
    }
}

extension YAMLNode {
    /// The node at a dotted path; `nil` when it is absent.
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
