// The item of a table row: everything besides the image and the part.

package import Basics
package import Specification
package import TaskKit

/// The item of a manifest entry or of an example; only for tasks other than classification.
package struct ItemEntry: Hashable, Sendable, Codable {
    /// Unique in the dataset.
    package var id: String
    /// A split never separates items of the same group.
    package var group: String
    /// Texts for the prompt, by variable; `nil` when the task has none.
    package var variables: [String: String]?
    /// The expected answer, in the task's format.
    package var reference: JSONValue

    /// - Parameter group: items of the same group stay in one part of a split.
    package init(id: String, group: String, variables: [String: String]? = nil, reference: JSONValue) {
        self.id = id
        self.group = group
        self.variables = variables
        self.reference = reference
    }
}

extension ItemEntry {
    /// The stored form.
    var json: JSONValue {
        var members: [String: JSONValue] = ["id": .string(id), "group": .string(group), "reference": reference]
        if let variables { members["variables"] = .object(variables.mapValues { .string($0) }) }
        return .object(members)
    }

    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let group = json["group"]?.string, let reference = json["reference"] else {
            return nil
        }
        self.init(
            id: id, group: group, variables: json["variables"]?.object?.compactMapValues(\.string), reference: reference)
    }
}

extension Example {
    /// The example in the form that tasks use; `nil` for classification.
    package var taskItem: TaskItem? {
        item.map {
            TaskItem(
                id: $0.id, images: perImage.map { TaskImage(path: $0.path, width: $0.width, height: $0.height) }, group: $0.group,
                variables: $0.variables ?? [:], reference: $0.reference)
        }
    }

    /// The example's name in scores and reports: the item's id, or the path for classification.
    package var name: String { item?.id ?? path }
}

extension AnswerFormat {
    /// The answer form in the form that tasks use.
    package var form: AnswerForm {
        let boxes: String? =
            switch self {
            case .boxes(_, _, let convention), .plainBoxes(let convention): convention
            case .text, .json: nil
            }
        return AnswerForm(property: schema?.property, boxes: boxes)
    }
}
