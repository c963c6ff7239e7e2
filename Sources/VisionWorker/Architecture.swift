// A CNN architecture: its layers, and which of them are the last.

package import VisionProtocol

/// An architecture for so many classes. Adding one takes a file like `SmallCNN.swift` and its name.
package struct Architecture: Sendable {
    var name: ArchitectureName
    var layers: LayerSequence
    /// Name prefixes of the layers that learn while the others are frozen.
    var head: [String]
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

    init(_ name: ArchitectureName, layers: [any Layer], head: [String], classifier: String) {
        self.name = name
        self.layers = LayerSequence(layers)
        self.head = head
        self.classifier = classifier
    }

    func isHead(_ tensor: String) -> Bool { head.contains { tensor.hasPrefix($0 + ".") } }
    func isClassifier(_ tensor: String) -> Bool { tensor.hasPrefix(classifier + ".") }
}
