// The request that writes a trained network in a format that other programs read.

/// `export-network`: writes the network of a checkpoint without its optimizer.
package struct ExportNetworkCall: VisionCall {
    /// The member that names this request on the wire.
    package static let name = "export-network"

    /// The formats of exported networks.
    package enum Format: String, Codable, Hashable, Sendable, CaseIterable {
        case safetensors
        /// ONNX, operator set 17, with a dynamic number of images.
        case onnx
    }

    /// The written network.
    package struct Result: Codable, Hashable, Sendable {
        /// The network's labels in the order of its outputs.
        package var labels: [String]
        /// Number of trained values.
        package var parameters: Int

        /// - Parameter labels: in the order of the network's outputs.
        package init(labels: [String], parameters: Int) {
            self.labels = labels
            self.parameters = parameters
        }
    }

    /// Path of the checkpoint.
    package var checkpoint: String
    /// Preprocessing, which the file describes.
    package var images: ImageRecipe
    /// The format of the file.
    package var format: Format
    /// Path of the file to write.
    package var output: String
    /// Further texts for the file's metadata.
    package var metadata: [String: String]

    /// - Parameter metadata: further texts for the file's metadata.
    package init(
        checkpoint: String, images: ImageRecipe, format: Format, output: String, metadata: [String: String]
    ) {
        self.checkpoint = checkpoint
        self.images = images
        self.format = format
        self.output = output
        self.metadata = metadata
    }
}
