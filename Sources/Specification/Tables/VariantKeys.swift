// The syntax of variants and sweeps.

import Basics

extension ValueType where Value == VariantSpec {
    /// A map from dotted paths to values.
    static let variant = ValueType(
        expected: "a map from paths to values", word: "map from dotted paths to values",
        schema: ["type": "object", "propertyNames": ["pattern": "^[^.]+(\\.[^.]+)*$"]],
        read: { node, reading in
            guard let pairs = node.pairs else {
                reading.wrongType(node, expected: "a map from paths to values")
                return nil
            }
            return VariantSpec(changes: pairs.map { .init(path: $0.key, value: $0.value.json) })
        },
        write: { spec in
            .object(Dictionary(spec.changes.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first }))
        })
}

extension ValueType where Value == [SweepSpec.Axis] {
    /// A map from dotted paths to lists of values.
    fileprivate static let axes = ValueType(
        expected: "a map from paths to lists", word: "map from dotted paths to lists",
        schema: ["type": "object", "minProperties": 1, "additionalProperties": ["type": "array", "minItems": 1]],
        read: { node, reading in
            guard let pairs = node.pairs, !pairs.isEmpty else {
                reading.wrongType(node, expected: "a map from paths to lists")
                return nil
            }
            let axes = pairs.compactMap { pair -> SweepSpec.Axis? in
                guard let items = pair.value.items, !items.isEmpty else {
                    reading.wrongType(pair.value, expected: "a list of values")
                    return nil
                }
                return SweepSpec.Axis(path: pair.key, values: items.map(\.json))
            }
            return axes.count == pairs.count ? axes : nil
        },
        write: { axes in
            .object(Dictionary(axes.map { ($0.path, .array($0.values)) }, uniquingKeysWith: { first, _ in first }))
        })
}

extension ValueType where Value == SweepSpec {
    /// A grid of paths, or one of `grid`, `zip` and `list`.
    static let sweep: ValueType = {
        let axes = ValueType<[SweepSpec.Axis]>.axes
        let points = ValueType<[VariantSpec]>.list(of: .variant, atLeast: 1)
        return ValueType(
            expected: "a sweep", word: "\(axes.word) (a grid), or `zip:` with such a map, or `list:` of variants",
            schema: [
                "anyOf": [
                    [
                        "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
                        "properties": ["grid": axes.schema, "zip": axes.schema, "list": points.schema],
                    ],
                    [
                        "type": "object", "minProperties": 1,
                        "additionalProperties": ["type": "array", "minItems": 1],
                        "not": ["anyOf": [["required": ["grid"]], ["required": ["zip"]], ["required": ["list"]]]],
                    ],
                ]
            ],
            merging: { _ in MergeRules(alternatives: [["grid", "zip", "list"]]) { _ in .plain } },
            read: { node, reading in
                let pairs = node.pairs ?? []
                if let form = pairs.first(where: { ["grid", "zip", "list"].contains($0.key) }) {
                    guard pairs.count == 1 else {
                        reading.report(.excludes(pairs.map(\.key), of: "a sweep"), at: form.keyPosition)
                        return nil
                    }
                    switch form.key {
                    case "grid": return axes.read(form.value, reading).map { .grid($0) }
                    case "list": return points.read(form.value, reading).map { .list($0) }
                    default: return axes.read(form.value, reading).map { .zip($0) }
                    }
                }
                return axes.read(node, reading).map { .grid($0) }
            },
            write: { sweep in
                switch sweep {
                case .grid(let list): axes.write(list)
                case .zip(let list): ["zip": axes.write(list)]
                case .list(let variants): ["list": points.write(variants)]
                }
            })
    }()
}
