// The task `extract`: the fields of a document.

package import Basics
import Foundation
package import Statistics
package import TaskKit
import TaskMetrics

/// Document fields. References and predictions are JSON objects.
package struct Extract: TaskDefinition {
    /// The name in a spec.
    package static let name = "extract"
    /// Shown as a table of fields.
    package static let view = TaskView.fields
    /// The description in the generated documentation.
    package static let summary = "The fields of a document, such as the shop, date and items of a receipt."
    /// `fields`, which declares names and types.
    package static let options = [
        TaskOption(
            "fields", expected: "a map of fields", schema: ["type": "object", "minProperties": 1],
            "The fields and their types: `text`, `number`, `integer`, `date`, `boolean`, a map of fields, or a list with one entry such as `[{ name: text, price: number }]`. Without it, values are compared as text, and requests cannot use a schema."
        )
    ]
    /// The fields as JSON, found also as `ground_truth` and `gt_parse`.
    package static let columns = [TaskColumn("fields", "fields", alsoNamed: ["ground_truth", "gt_parse"])]

    /// Asks for all fields that occur in the references, with types that fit all of their values; without types if there are
    /// none that do.
    package static func starter(for references: [JSONValue], asksQuestions: Bool) -> TaskStarter? {
        let type = FieldType(of: references)
        guard case .map = type else { return nil }
        guard let shape = try? Extract.shape(type.option, ["fields"]),
            references.allSatisfy({ Extract.problem(of: $0, shape, at: "") == nil })
        else {
            return TaskStarter(
                text: "Write down these fields of the document as one JSON object, and nothing else: {{ fields }}.",
                promptNote: "A field has objects in some rows and texts in others, so the task does not declare the fields.",
                answer: "text", maxTokens: 1000)
        }
        return TaskStarter(
            options: ["fields": type.option], text: "Fill in {{ fields }} from this document; null for what it does not state.",
            answer: "{ json: document, name: Document }", maxTokens: 1000)
    }

    let shape: FieldShape?

    /// - Throws: `TaskOptionError` unless `fields` is a map of known types.
    package init(options: TaskOptions) throws(TaskOptionError) {
        shape = try options["fields"].map { value throws(TaskOptionError) in try Extract.shape(value, ["fields"]) }
        if let shape {
            guard case .object = shape else {
                throw TaskOptionError(
                    ["fields"], "'fields' is a map of fields", hint: "for example 'fields: { shop: text, total: number }'")
            }
        }
    }

    private static let words: [String: FieldShape] = [
        "text": .text, "number": .number, "integer": .integer, "date": .date, "boolean": .boolean,
    ]

    private static func shape(_ value: JSONValue, _ path: [String]) throws(TaskOptionError) -> FieldShape {
        if let word = value.string {
            if let shape = words[word] { return shape }
            throw TaskOptionError(
                path, "'\(word)' is not a type of field",
                hint: nearest(to: word, among: words.keys).map { "did you mean '\($0)'?" }
                    ?? "the types are text, number, integer, date and boolean")
        }
        if let members = value.object, !members.isEmpty {
            var fields: [FieldShape.Field] = []
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                fields.append(FieldShape.Field(name, try shape(value, path + [name])))
            }
            return .object(fields)
        }
        if let items = value.array, items.count == 1 { return .list(try shape(items[0], path + ["0"])) }
        throw TaskOptionError(
            path, "'\(value.canonical.prefix(60))' does not describe a field",
            hint: "write a type, a map of fields, or a list with one entry such as [text]")
    }

    /// The fields of the row, normalized: without null and empty values.
    /// - Throws: `TaskRowError` for a field that the options do not declare, and for a value of another type.
    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue {
        var value = try row.json("fields")
        // Donut's ground truth: an object with the fields inside, encoded as text in a JSON line.
        if let inner = value.string {
            value = (try? JSONValue(parsingRecord: Data(inner.utf8), allowsRepeatedNames: true)) ?? value
        }
        if let inner = value["gt_parse"] { value = inner }
        guard value.object != nil else { throw TaskRowError("'\(value.canonical.prefix(60))' is not an object of fields") }
        let fields = FieldValues.normalised(value) ?? .object([:])
        if let shape, let problem = Extract.problem(of: fields, shape, at: "") { throw TaskRowError(problem) }
        return fields
    }

    /// Why a normalized reference does not fit the declared fields; `nil` if it does. An answer cannot equal a value that the
    /// request's schema excludes, such as `12,50` for a number.
    private static func problem(of value: JSONValue, _ shape: FieldShape, at path: String) -> String? {
        func expected(_ type: String) -> String {
            "the field '\(path)' is declared as \(type), not '\((value.string ?? value.canonical).prefix(60))'"
        }
        switch (shape, value) {
        case (.object(let fields), .object(let members)):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                let inner = path.isEmpty ? name : path + "." + name
                guard let field = fields.first(where: { $0.name == name }) else {
                    return
                        "'\(inner.prefix(60))' is not one of the task's fields (\(fields.prefix(10).map(\.name).joined(separator: ", ")))"
                }
                if let problem = problem(of: member, field.shape, at: inner) { return problem }
            }
            return nil
        case (.list(let entry), _):
            // A single value counts as a list with one entry.
            return (value.array ?? [value]).lazy.compactMap { problem(of: $0, entry, at: path) }.first
        case (_, .array(let items)) where items.count == 1: return problem(of: items[0], shape, at: path)
        case (_, .array), (_, .object): return expected(described(shape))
        case (.object, _): return expected("a map of fields")
        case (.text, _): return nil
        case (.number, _): return FieldValues.decimal(FieldValues.text(value)) == nil ? expected("number") : nil
        case (.integer, _):
            return FieldValues.decimal(FieldValues.text(value)).map { $0.contains(".") } ?? true ? expected("integer") : nil
        case (.date, _):
            return FieldValues.day(FieldValues.text(value)) == nil ? expected("date, which is written YYYY-MM-DD") : nil
        case (.boolean, _):
            return ["true", "false"].contains(FieldValues.text(value).lowercased())
                ? nil : expected("boolean, which is true or false")
        }
    }

    /// The paths of the declared fields, else of the fields in the references; each has a metric.
    package func vocabulary(of references: some Sequence<JSONValue>) -> [String] {
        if let shape { return shape.leafPaths() }
        var found = Set<String>()
        for reference in references { found.formUnion(FieldScores(reference: reference, answer: nil).byPath.keys) }
        return found.sorted()
    }

    /// `fields`: a description of the declared fields, else the paths of all fields.
    package func variables(_ context: TaskContext) -> [String: String] {
        ["fields": shape.map(Extract.described) ?? context.vocabulary.joined(separator: ", ")]
    }
    /// Always `fields`, even without the option.
    package var variableNames: [String] { ["fields"] }

    /// A description for prompts, such as `{"shop": text, "items": [{"price": number}]}`.
    private static func described(_ shape: FieldShape) -> String {
        switch shape {
        case .text: "text"
        case .number: "number"
        case .integer: "integer"
        case .date: "date (YYYY-MM-DD)"
        case .boolean: "true or false"
        case .list(let shape): "[" + described(shape) + "]"
        case .object(let fields): "{" + fields.map { "\"\($0.name)\": " + described($0.shape) }.joined(separator: ", ") + "}"
        }
    }

    /// A strict schema of the declared fields; any object without a declaration.
    package func schema(_ context: TaskContext) -> JSONValue {
        shape.map { Extract.schema($0, isOptional: false) } ?? ["type": "object"]
    }

    /// `fields`, unless it is set: providers refuse a strict schema of an object without properties.
    package var optionNeededForSchema: String? { shape == nil ? "fields" : nil }

    private static func schema(_ shape: FieldShape, isOptional: Bool) -> JSONValue {
        func type(_ name: String) -> JSONValue { isOptional ? .array([.string(name), "null"]) : .string(name) }
        switch shape {
        case .text: return ["type": type("string")]
        case .date: return ["type": type("string"), "description": "a date as YYYY-MM-DD"]
        case .number: return ["type": type("number")]
        case .integer: return ["type": type("integer")]
        case .boolean: return ["type": type("boolean")]
        case .list(let shape): return ["type": type("array"), "items": schema(shape, isOptional: false)]
        case .object(let fields):
            return [
                "type": type("object"), "additionalProperties": false,
                "required": .array(fields.map { .string($0.name) }),
                "properties": .object(
                    Dictionary(
                        fields.map { ($0.name, schema($0.shape, isOptional: true)) }, uniquingKeysWith: { first, _ in first })),
            ]
        }
    }

    /// The fields as JSON; with declared fields, absent ones are null.
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue {
        let complete = shape.map { Extract.completed(reference, $0) } ?? reference
        return context.form.property == nil ? .string(complete.canonical) : complete
    }

    /// Adds null for every declared field that is absent, as a strict schema requires.
    private static func completed(_ value: JSONValue?, _ shape: FieldShape) -> JSONValue {
        switch (shape, value) {
        case (.object(let fields), .object(let members)?):
            return .object(
                Dictionary(
                    fields.map { ($0.name, completed(members[$0.name], $0.shape)) }, uniquingKeysWith: { first, _ in first }))
        case (.list(let shape), .array(let items)?): return .array(items.map { completed($0, shape) })
        case (_, let value): return value ?? .null
        }
    }

    /// The first JSON object in the reply, or the one within it: `{"receipt": {"total": 4}}`.
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        let text = ReplyText(reply)
        let read = text.json(context.form) { $0.object != nil }
        // An object found inside one that ends in the middle, such as the first of a list of items, is not the document.
        if read.reading == .unwrapped, text.endsInObject { return .unreadable("JSON that is cut off") }
        // Which fields exist is known from the declaration or from all references.
        let names = Set(context.vocabulary.map { String($0.prefix { $0 != "." }) })
        guard let members = read.value?.object, members.count == 1, let (name, inner) = members.first, !names.contains(name),
            let fields = inner.object, fields.keys.contains(where: names.contains)
        else { return read }
        return Prediction(inner, .unwrapped)
    }

    /// Counts of fields, in total and by path, and the document scores. An unreadable reply scores 0.
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        let fields = FieldScores(reference: item.reference, answer: prediction, shape: shape)
        let total = fields.total
        let answer = prediction.flatMap(FieldValues.normalised)
        var score = ItemScore([
            "hits": Double(total.hits), "reference": Double(total.inReference), "answer": Double(total.inAnswer),
            "right": prediction != nil && fields.isExact ? 1 : 0,
            "anls_star": prediction == nil ? 0 : ANLSStar.score(answer ?? .object([:]), oneOf: [item.reference]),
        ])
        score.counts["nted"] = prediction == nil ? 0 : TreeEditDistance.accuracy(reference: item.reference, answer: answer)
        let known = Set(context.vocabulary)
        for (path, counts) in fields.byPath where known.contains(path) {
            score.counts["hits." + path] = Double(counts.hits)
            score.counts["reference." + path] = Double(counts.inReference)
            score.counts["answer." + path] = Double(counts.inAnswer)
        }
        return score
    }

    /// Field F1 is the primary metric; the F1 of each field is a detail row.
    package func metrics(_ context: TaskContext) -> MetricTable {
        MetricTable(
            primary: .fieldF1("field_f1", "field F1"),
            [
                .fieldPrecision("field_precision", "field precision"), .fieldRecall("field_recall", "field recall"),
                TaskMetric(
                    "document_exact", "exact documents", .mean(of: "right"), interval: .wilson, test: .mcnemar, range: 0...1),
                TaskMetric(
                    "nted", "tree edit accuracy", .mean(of: "nted"), interval: .bootstrap, test: .signFlip, range: 0...1,
                    note: "The order of list entries counts."),
                TaskMetric("anls_star", "ANLS*", .mean(of: "anls_star"), interval: .bootstrap, test: .signFlip, range: 0...1),
            ] + context.vocabulary.map { .fieldF1("fields.\($0).f1", "F1 of \($0)", suffix: "." + $0, isDetail: true) })
    }

    /// Indented JSON.
    package func text(of value: JSONValue) -> String { value.pretty }
}
