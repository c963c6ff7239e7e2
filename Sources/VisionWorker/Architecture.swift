// A CNN architecture: its layers and the name of its last layer.

package import Basics

/// An architecture for a given number of classes. To add one, add a file like `SmallCNN.swift` and a case to
/// `ArchitectureName`; the compiler then requires it below, and the tests cover it.
package struct Architecture: Sendable {
    var name: ArchitectureName
    var layers: LayerSequence
    /// The name of the last layer, which is replaced for other classes.
    var classifier: String
    /// Layer names used by other publishers of the same network, by the names used here.
    var otherNames: [String: String]

    /// Creates the layers without tensors; `classes` is the width of the last layer.
    package init(_ name: ArchitectureName, classes: Int) {
        switch name {
        case .smallCNN: self = .smallCNN(classes: classes)
        case .shapesCNN: self = .shapesCNN(classes: classes)
        case .efficientNetLite0: self = .efficientNetLite0(classes: classes)
        case .mobileNetV3Small: self = .mobileNetV3Small(classes: classes)
        case .resNet18: self = .resNet(.resNet18, blocks: [2, 2, 2, 2], isDeep: false, classes: classes)
        case .resNet50: self = .resNet(.resNet50, blocks: [3, 4, 6, 3], isDeep: true, classes: classes)
        case .efficientNetB0: self = .efficientNetB0(classes: classes)
        case .convNeXtTiny: self = .convNeXtTiny(classes: classes)
        case .vitB16: self = .vitB16(classes: classes)
        }
    }

    init(_ name: ArchitectureName, layers: [any Layer], classifier: String, otherNames: [String: String] = [:]) {
        self.name = name
        self.layers = LayerSequence(layers)
        self.classifier = classifier
        self.otherNames = otherNames
    }

    func isClassifier(_ tensor: String) -> Bool { tensor.hasPrefix(classifier + ".") }

    /// The tensor names in each publisher's naming, Assay's first.
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
