// A CNN architecture: its layers, and which of them is the last.

package import Basics

/// An architecture for so many classes. A new one is a file like `SmallCNN.swift`; its name in `ArchitectureName` makes
/// the compiler ask for it below, and the tests take it with the others.
package struct Architecture: Sendable {
    var name: ArchitectureName
    var layers: LayerSequence
    /// The last layer, which other classes replace.
    var classifier: String
    /// What other publishers of the same network call its layers, by the names here.
    var otherNames: [String: String]

    package init(_ name: ArchitectureName, classes: Int) {
        switch name {
        case .smallCNN: self = .smallCNN(classes: classes)
        case .shapesCNN: self = .shapesCNN(classes: classes)
        case .efficientNetLite0: self = .efficientNetLite0(classes: classes)
        case .mobileNetV3Small: self = .mobileNetV3Small(classes: classes)
        }
    }

    init(_ name: ArchitectureName, layers: [any Layer], classifier: String, otherNames: [String: String] = [:]) {
        self.name = name
        self.layers = LayerSequence(layers)
        self.classifier = classifier
        self.otherNames = otherNames
    }

    func isClassifier(_ tensor: String) -> Bool { tensor.hasPrefix(classifier + ".") }

    /// The names of tensors as each publisher of the network has them, ours first.
    func namings(of tensors: [String]) -> [[String: String]] {
        let ours = Dictionary(tensors.map { ($0, $0) }, uniquingKeysWith: { first, _ in first })
        let others = ours.mapValues { tensor in
            guard let dot = tensor.lastIndex(of: "."), let layer = otherNames[String(tensor[..<dot])] else {
                return tensor
            }
            return layer + tensor[dot...]
        }
        return otherNames.isEmpty ? [ours] : [ours, others]
    }
}
