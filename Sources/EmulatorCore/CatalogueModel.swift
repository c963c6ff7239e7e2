// A model of an emulated catalogue.

package import VisionProtocol

/// A model of the emulator's catalogue: the name that clients request and the network that answers.
package struct CatalogueModel: Hashable, Codable, Sendable {
    /// The name that clients deploy or fine-tune, such as `gpt-4o-2024-08-06`.
    package var name: String
    /// The network that answers for the model.
    package var model: EmulatedModel

    /// Maps a client-visible name to a network.
    package init(name: String, model: EmulatedModel) {
        self.name = name
        self.model = model
    }

    /// Input size of EfficientNet-Lite0, in pixels per side.
    package static let photographsInputSize = 224
    /// Input size of the network for generated pictures, in pixels per side.
    package static let shapesInputSize = 64

    /// Chooses the network for a name: the photograph network if weights and classes are given and the name does not
    /// begin with `shapes`; otherwise the network for generated pictures.
    package static func named(
        _ name: String, weights: String?, classes: String?, inputSize: Int? = nil
    ) -> CatalogueModel {
        if let weights, let classes, !name.hasPrefix("shapes") {
            return CatalogueModel(
                name: name,
                model: EmulatedModel(
                    kind: .photographs, weights: weights, classes: classes,
                    inputSize: inputSize ?? photographsInputSize))
        }
        return CatalogueModel(
            name: name, model: EmulatedModel(kind: .shapes, inputSize: inputSize ?? shapesInputSize))
    }
}
