// The labels of generated shapes.

/// A shape in generated images; the raw value is its label. Datasets with fewer labels use the first ones.
package enum ShapeLabel: String, CaseIterable, Sendable {
    case circle, square, triangle, star, cross, ring, crescent, heart, arrow, pentagon, hexagon, diamond
}
