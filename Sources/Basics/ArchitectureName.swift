// Names of the CNN architectures that can be trained.

/// A CNN architecture. Parameter names are those of the published weights. The spec, the keys and the worker share
/// these names; a new architecture needs its layers in `VisionWorker` and a case here.
package enum ArchitectureName: String, Codable, Hashable, Sendable, CaseIterable {
    /// A small network of four convolutions, trained from scratch.
    case smallCNN = "small_cnn"
    /// The network of the emulator's model for generated pictures: narrower and deeper than `small_cnn`.
    case shapesCNN = "shapes_cnn"
    /// EfficientNet-Lite0, with the parameter names of its ImageNet weights (`_conv_stem.weight`, …) or those of
    /// timm.
    case efficientNetLite0 = "efficientnet_lite0"
    /// MobileNetV3-Small with torchvision's parameter names (`features.0.0.weight`, …).
    case mobileNetV3Small = "mobilenet_v3_small"
    /// ResNet-18 with torchvision's parameter names (`layer1.0.conv1.weight`, …), as all of the following.
    case resNet18 = "resnet18"
    /// ResNet-50, with the stride in the 3x3 convolution as in torchvision.
    case resNet50 = "resnet50"
    /// EfficientNet-B0.
    case efficientNetB0 = "efficientnet_b0"
    /// ConvNeXt-Tiny.
    case convNeXtTiny = "convnext_tiny"
    /// Vision Transformer B/16, for images of 224 x 224 pixels only.
    case vitB16 = "vit_b_16"

    /// The only input size in pixels that the network accepts; `nil` if it accepts any.
    package var fixedInputSize: Int? { self == .vitB16 ? 224 : nil }
}
