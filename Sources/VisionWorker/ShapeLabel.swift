// The shapes that are drawn and known by name.

/// A shape of the generated pictures; the raw value is its label. Datasets of fewer labels take the first ones.
package enum ShapeLabel: String, CaseIterable, Sendable {
    case circle, square, triangle, star, cross, ring, crescent, heart, arrow, pentagon, hexagon, diamond
}
