import CCLIPKernelClones
import Testing

/// The loops over pictures and 16-bit numbers: bytes and bits must be equal in every instruction set, and equal to the
/// formula. (Color changes are held against Pillow's bytes in `ImagesTests`.)
@Suite("Byte kernels")
struct ByteKernelTests {
  @Test("binary16 and bfloat16, there and back, to the bit")
  func halves() {
    for (name, kernels) in Clones.all {
      for count in Clones.columns + [65_536] {
        let bits = (0..<count).map { UInt16(truncatingIfNeeded: count == 65_536 ? $0 : $0 * 40_503 + 7) }
        var wide = [Float](repeating: .nan, count: count)
        kernels.vk_half_to_float(bits, &wide, count)
        for (bits, value) in zip(bits, wide) {
          let exact = Float(Float16(bitPattern: bits))
          #expect(exact.isNaN ? value.isNaN : value.bitPattern == exact.bitPattern, "\(name): \(bits)")
        }
        var narrow = [UInt16](repeating: 1, count: count)
        _ = kernels.vk_float_to_half(wide, &narrow, count)
        #expect(zip(bits, narrow).allSatisfy { Float16(bitPattern: $0).isNaN || $0 == $1 }, "\(name) \(count)")
        kernels.vk_bfloat16_to_float(bits, &wide, count)
        #expect(zip(bits, wide).allSatisfy { UInt32($0) << 16 == $1.bitPattern }, "\(name) \(count)")
        _ = kernels.vk_float_to_bfloat16(wide, &narrow, count)
        #expect(zip(bits, zip(wide, narrow)).allSatisfy { $1.0.isNaN || $0 == $1.1 }, "\(name) \(count)")
      }
      var numbers = Numbers(seed: 3)
      var values = numbers.list(997, times: 1e-3) + numbers.list(997, times: 6e4) + numbers.list(997, times: 1e-7)
      values += [65_519.9, 65_520, 1e30, .infinity, .nan, 0, -0.0]
      var narrow = [UInt16](repeating: 1, count: values.count)
      let overflows = kernels.vk_float_to_half(values, &narrow, values.count)
      #expect(overflows == 2, "\(name): 65,520 and 1e30 are too large")
      for (value, bits) in zip(values, narrow) {
        let exact = Float16(value)
        #expect(exact.isNaN ? Float16(bitPattern: bits).isNaN : bits == exact.bitPattern, "\(name): \(value)")
      }
    }
  }

  @Test("rows resampled by weights")
  func resampling() {
    Clones.each { kernels, rows, columns, what in
      let sourceColumns = columns + 8, taps = 4, slack = Int(RK_ROW_SLACK)
      let stride = sourceColumns * 3 + slack
      var numbers = Numbers(seed: rows * 100 + columns)
      let source = numbers.bytes(rows * stride + slack)
      let starts = (0..<columns).map { Int32($0 + $0 % 5) }
      let one = Int32(1) << RK_WEIGHT_BITS
      let weights = (0..<columns * taps).map { _ in Int32(numbers.next() * Float(one) / 2) }
      func clipped(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> RK_WEIGHT_BITS) }

      let targetStride = columns * 3 + 1
      var target = [UInt8](repeating: 0, count: rows * targetStride + slack)
      kernels.rk_resample_columns(source, stride, rows, starts, weights, taps, columns, &target, targetStride)
      for row in 0..<rows {
        for column in 0..<columns {
          for channel in 0..<3 {
            var sum = one / 2
            for tap in 0..<taps {
              let from = row * stride + (Int(starts[column]) + tap) * 3 + channel
              sum &+= weights[column * taps + tap] &* Int32(source[from])
            }
            #expect(target[row * targetStride + column * 3 + channel] == clipped(sum), what)
          }
        }
      }

      var blended = [UInt8](repeating: 0, count: columns * 3 + slack)
      let rowWeights = (0..<rows).map { _ in Int32(numbers.next() * Float(one) / Float(rows)) }
      kernels.rk_resample_row(source, stride, rowWeights, rows, columns * 3, &blended)
      for index in 0..<columns * 3 {
        var sum = one / 2
        for tap in 0..<rows { sum &+= rowWeights[tap] &* Int32(source[tap * stride + index]) }
        #expect(blended[index] == clipped(sum), what)
      }

      let table = numbers.list(768)
      var planes = [[Float]](repeating: [Float](repeating: .nan, count: columns), count: 3)
      var red = planes[0], green = planes[1], blue = planes[2]
      kernels.rk_normalize_row(source, columns, table, &red, &green, &blue)
      planes = [red, green, blue]
      for channel in 0..<3 {
        let expected = (0..<columns).map { table[channel * 256 + Int(source[3 * $0 + channel])] }
        #expect(planes[channel] == expected, what)
      }
    }
  }

  @Test("gray levels, blends and mirrored rows")
  func color() {
    for (name, kernels) in Clones.all {
      for columns in Clones.columns + [70_000] {
        var numbers = Numbers(seed: columns)
        let pixels = numbers.bytes(3 * columns)
        let gray = (0..<columns).map { pixel -> Int in
          let red = Int(pixels[3 * pixel]), green = Int(pixels[3 * pixel + 1]), blue = Int(pixels[3 * pixel + 2])
          let sum: Int = red * 19595 + green * 38470 + blue * 7471
          return (sum + 0x8000) >> 16
        }
        #expect(kernels.ck_gray_sum(pixels, columns) == UInt64(gray.reduce(0, +)), "\(name) \(columns)")

        func blended(_ base: Int, _ value: UInt8, _ factor: Float) -> UInt8 {
          // Pillow rounds the product and the sum apart.
          let product = factor * Float(Int(value) - base)
          return UInt8(max(0, min(255, Float(base) + product)))
        }
        var result = pixels
        kernels.ck_blend_with_constant(&result, pixels.count, 77, 1.3)
        #expect(result == pixels.map { blended(77, $0, 1.3) }, "\(name) \(columns)")
        result = pixels
        kernels.ck_blend_with_gray(&result, columns, 0.4)
        #expect(result == pixels.indices.map { blended(gray[$0 / 3], pixels[$0], 0.4) }, "\(name) \(columns)")
        result = pixels
        kernels.ck_mirror_row(&result, columns)
        let mirrored = pixels.indices.map { pixels[3 * (columns - 1 - $0 / 3) + $0 % 3] }
        #expect(result == mirrored, "\(name) \(columns)")
        result = pixels
        kernels.ck_shift_hue(&result, columns, 30)
        var baseline = pixels
        Clones.all[0].kernels.ck_shift_hue(&baseline, columns, 30)
        #expect(result == baseline, "\(name) \(columns): another hue than the baseline's")
      }
    }
  }
}
