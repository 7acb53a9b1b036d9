import Foundation
import CLIPImages
import Testing
import CLIPScenes

@Suite("SceneRenderer") struct SceneRendererTests {
  private let background = SceneBackground(
    kind: .plain, color: .navy, secondColor: .navy, direction: 0, squares: 4, rgb: SceneRGB(0, 0, 0),
    secondRGB: SceneRGB(0, 0, 0), noise: 0)

  private func object(
    _ shape: SceneShape, radius: Float, tilt: Float = 0, x: Float = 0.5, y: Float = 0.5,
    texture: SceneTexture = .plain
  ) -> SceneObject {
    SceneObject(
      shape: shape, color: .white, size: .large, texture: texture, x: x, y: y, radius: radius, tilt: tilt,
      patternDirection: 0, patternPhase: 0, rgb: SceneRGB(255, 255, 255))
  }

  /// White objects on black, without noise.
  private func image(_ objects: [SceneObject], size: Int = 64) -> PixelImage {
    SceneRenderer(imageSize: size).image(
      of: Scene(background: background, objects: objects, relations: [], noiseSeed: 0))
  }

  private func coverage(_ image: PixelImage, row: Int, column: Int) -> Double {
    Double(image.pixels[(row * image.columns + column) * 3]) / 255
  }

  /// The sum of the coverage, in pixels.
  private func area(_ image: PixelImage) -> Double {
    stride(from: 0, to: image.pixels.count, by: 3).reduce(0) { $0 + Double(image.pixels[$1]) / 255 }
  }

  @Test(
    "shapes cover the area that geometry gives them, turned or not",
    arguments: [
      (SceneShape.circle, Double.pi * 0.94 * 0.94), (.square, 1.62 * 1.62), (.triangle, 0.9 * 1.58),
      (.diamond, 2 * 0.74), (.pentagon, 2.5 * sin(0.4 * Double.pi)), (.hexagon, 1.5 * 3.0.squareRoot()),
      (.star, 5 * 0.46 * sin(0.2 * Double.pi)), (.cross, 2 * 0.6 * 1.86 - 0.36),
      (.ring, Double.pi * (0.97 * 0.97 - 0.58 * 0.58)), (.oval, Double.pi * 0.98 * 0.56),
      (.semicircle, Double.pi * 0.92 * 0.92 / 2),
      // The shaft, the head, less the trapezoid that both have between x = 0.05 and 0.3.
      (.arrow, 1.25 * 0.48 + 0.93 * 0.78 - 0.25 * 0.48),
    ] as [(SceneShape, Double)])
  func areas(shape: SceneShape, unitArea: Double) {
    for size in [64, 200] {
      for tilt in [Float(0), 0.1, -0.06] {
        let radius = 0.4 * Double(size)
        let found = area(image([object(shape, radius: 0.4, tilt: tilt)], size: size))
        #expect(abs(found / (radius * radius) - unitArea) < 0.012 * unitArea, "\(shape) \(size) \(tilt)")
      }
    }
  }

  @Test("no outline leaves the upright square that relations are told by", arguments: SceneShape.allCases)
  func bounds(shape: SceneShape) {
    for tilt in stride(from: Float(-0.1), through: 0.1, by: 0.02) {
      let picture = image([object(shape, radius: 0.3, tilt: tilt)], size: 100)
      for row in 0..<100 {
        for column in 0..<100 where !(19...80).contains(row) || !(19...80).contains(column) {
          #expect(coverage(picture, row: row, column: column) == 0, "\(shape) \(tilt): \(row), \(column)")
        }
      }
      #expect(area(picture) > 500)
    }
  }

  @Test("edges are smooth: a turned square has pixels of every coverage")
  func antialiasing() {
    let picture = image([object(.square, radius: 0.4, tilt: 0.08)], size: 96)
    var seen = [Int](repeating: 0, count: 10)
    for index in stride(from: 0, to: picture.pixels.count, by: 3) {
      let byte = picture.pixels[index]
      if byte > 0 && byte < 255 { seen[Int(byte) * 10 / 255] += 1 }
    }
    #expect(seen.allSatisfy { $0 > 5 })
  }

  @Test("patterns cover about half an object, dots a good quarter; a plain one has one color")
  func textures() {
    func share(_ texture: SceneTexture) -> Double {
      let picture = image([object(.square, radius: 0.45, texture: texture)], size: 96)
      let inside = (20..<76).flatMap { row in (20..<76).map { coverage(picture, row: row, column: $0) } }
      return Double(inside.count { $0 < 0.75 }) / Double(inside.count)
    }
    #expect(share(.plain) == 0)
    #expect(abs(share(.striped) - 0.5) < 0.06)
    #expect(abs(share(.checked) - 0.5) < 0.06)
    #expect(abs(share(.dotted) - Double.pi * 0.09) < 0.06)
  }

  @Test("noise has the strength that the scene says", arguments: [Float(1), 3, 5])
  func noise(strength: Float) {
    var flat = background
    flat.rgb = SceneRGB(128, 128, 128)
    flat.noise = strength
    let picture = SceneRenderer(imageSize: 96).image(
      of: Scene(background: flat, objects: [], relations: [], noiseSeed: 99))
    let values = picture.pixels.map { Double($0) - 128 }
    let mean = values.reduce(0, +) / Double(values.count)
    let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    #expect(abs(mean) < 0.1)
    // Rounding to bytes adds 1/12 to the variance.
    #expect(abs(deviation - (Double(strength * strength) + 1.0 / 12).squareRoot()) < 0.1)
  }

  /// Which pixels an object alone would touch.
  private func mask(_ object: SceneObject) -> Set<Int> {
    var white = object
    white.texture = .plain
    white.rgb = SceneRGB(255, 255, 255)
    let picture = image([white])
    return Set((0..<64 * 64).filter { picture.pixels[$0 * 3] > 0 })
  }

  @Test("every relation shows in the pixels")
  func relationsInPixels() throws {
    let generator = try SceneGenerator(seed: 5, split: .train)
    var checked: [SceneRelation.Kind: Int] = [:]
    for index in 0..<600 {
      let scene = generator.scene(index)
      let masks = scene.objects.map(mask)
      for relation in scene.relations {
        let first = masks[relation.first]
        let second = masks[relation.second]
        checked[relation.kind, default: 0] += 1
        switch relation.kind {
        case .leftOf:
          // Anti-aliasing may touch the pixel that both squares' common border lies in.
          #expect((first.map { $0 % 64 }.max() ?? 64) <= (second.map { $0 % 64 }.min() ?? 0))
        case .above: #expect((first.map { $0 / 64 }.max() ?? 64) <= (second.map { $0 / 64 }.min() ?? 0))
        case .inside:
          let rows = second.map { $0 / 64 }
          let columns = second.map { $0 % 64 }
          for pixel in first {
            #expect(pixel / 64 > rows.min() ?? 64 && pixel / 64 < rows.max() ?? 0)
            #expect(pixel % 64 > columns.min() ?? 64 && pixel % 64 < columns.max() ?? 0)
          }
          // Inside a ring's hole nothing overlaps; inside a filled shape everything does.
          if scene.objects[relation.second].shape == .ring {
            #expect(first.intersection(second).count <= 4)
          } else {
            #expect(first.isSubset(of: second))
          }
        case .inFrontOf:
          let hidden = first.intersection(second).count
          #expect(hidden >= 5 && hidden * 2 < second.count)
        }
      }
    }
    #expect(checked.count == 4 && checked.values.allSatisfy { $0 > 20 })
  }

  @Test("objects stand out from what lies behind them")
  func contrast() throws {
    let generator = try SceneGenerator(seed: 6, split: .train)
    var faint = 0
    var total = 0
    for index in 0..<3000 {
      let scene = generator.scene(index)
      for object in scene.objects {
        total += 1
        let color = object.color.rgb
        let behind = scene.background.color.rgb
        let differences = [color.red - behind.red, color.green - behind.green, color.blue - behind.blue]
        if differences.allSatisfy({ abs($0) < 45 }) { faint += 1 }
      }
    }
    #expect(faint * 200 < total)
  }
}
