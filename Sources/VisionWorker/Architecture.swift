// A CNN architecture: its layers, and which of them is the last.

package import VisionProtocol

/// An architecture for so many classes. Adding one takes a file like `SmallCNN.swift` and its name.
package struct Architecture: Sendable {
    var name: ArchitectureName
    var layers: LayerSequence
    /// The last layer, which other classes replace.
    var classifier: String

    package init(_ name: ArchitectureName, classes: Int) {
        switch name {
        case .smallCNN: self = .smallCNN(classes: classes)
        case .shapesCNN: self = .shapesCNN(classes: classes)
        case .efficientNetLite0: self = .efficientNetLite0(classes: classes)
        case .mobileNetV3Small: self = .mobileNetV3Small(classes: classes)
        }
    }

    init(_ name: ArchitectureName, layers: [any Layer], classifier: String) {
        self.name = name
        self.layers = LayerSequence(layers)
        self.classifier = classifier
    }

    func isClassifier(_ tensor: String) -> Bool { tensor.hasPrefix(classifier + ".") }
}
