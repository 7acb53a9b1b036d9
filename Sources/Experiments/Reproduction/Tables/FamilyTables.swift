internal import CLIPAccelerators
internal import CLIPCarbonFootprint
internal import CLIPModelShapes
internal import CLIPUnits

extension PaperReproduction {
  /// Totals of tables 3 and 9.
  var carbonTable: ResultTable {
    var table = ResultTable(
      "carbon", "Carbon of the family, kgCO2e",
      note: """
        Each model on its printed accelerator. Reference: the paper's estimator, as the text states (23.7 M \
        inferences, California), as the code has it (30 M, British Columbia), and published (30 M, California). \
        Physical: the corrected estimator, in the published scenario and in `edge` (world's grid, LPDDR4 sized to \
        the model). Off: against the printed total.
        """,
      ["model", "printed", "stated", "code", "published", "off", "physical", "off", "edge", "of it DRAM"])
    for one in family {
      let printed = one.member.carbon.value, edge = one[setups.physicalEdge].carbon
      func total(_ setup: Setup) -> String { FigureText.three(one[setup].total) }
      func off(_ setup: Setup) -> String { FigureText.change(one[setup].total / printed - 1) }
      table.add([
        one.member.shortName, FigureText.hundredths(printed), total(setups.referenceStated),
        total(setups.referenceDefault), total(setups.referencePublished), off(setups.referencePublished),
        total(setups.physicalPublished),
        off(setups.physicalPublished), total(setups.physicalEdge), FigureText.three(edge.embodied.memory.value),
      ])
    }
    return table
  }

  /// Latency, energy, area and the share of use in the total.
  var energyTable: ResultTable {
    var table = ResultTable(
      "energy", "Latency, energy and area of the family",
      note: """
        Both estimators at 625 MHz on the printed accelerators; energy of one image and one text, DRAM included. \
        Use: the share of the total that is electricity, in the published scenario.
        """,
      [
        "model", "printed, ms", "ref.", "off", "phys.", "ref., mJ", "phys.", "ref., mm²", "phys.", "ref., use", "phys.",
      ])
    for one in family {
      let reference = one[setups.referencePublished], physical = one[setups.physicalPublished]
      let printed = one.member.latency.value
      func use(_ priced: PricedModel) -> String {
        FigureText.percent(priced.carbon.operational / priced.carbon.total)
      }
      table.add([
        one.member.shortName, FigureText.tenths(printed * 1000), FigureText.three(reference.latency * 1000),
        FigureText.change(reference.latency / printed - 1), FigureText.three(physical.latency * 1000),
        FigureText.three(reference.carbon.design.energy.value * 1000),
        FigureText.three(physical.carbon.design.energy.value * 1000),
        FigureText.three(reference.carbon.design.area.value), FigureText.three(physical.carbon.design.area.value),
        use(reference), use(physical),
      ])
    }
    return table
  }

  /// Parameters of the printed shapes.
  var shapeTable: ResultTable {
    var table = ResultTable(
      "shapes", "Parameters of the printed shapes, millions",
      note: """
        Layers x width, heads, feed-forward units. Where the printed width of a text tower is none that the search \
        can give, the width that is computed with stands behind it.
        """,
      ["model", "image tower", "text tower", "printed", "by its shape", "off", "accuracy, %"], words: [0, 1, 2])
    for one in family {
      let member = one.member, shape = member.configuration
      func tower(_ tower: some TowerConfiguration, printed: Int) -> String {
        let width = printed == tower.width ? "\(printed)" : "\(printed) (\(tower.width))"
        let heads = tower.headsPerLayer.first ?? 0, hidden = tower.mlpWidth.first ?? 0
        return "\(tower.headsPerLayer.count) x \(width), \(heads), \(hidden)"
      }
      let millions = Double(shape.parameterCount) / 1e6
      table.add([
        member.shortName, tower(shape.vision, printed: shape.vision.width),
        tower(shape.text, printed: member.printedTextWidth),
        FigureText.three(member.parameters), FigureText.three(millions),
        FigureText.change(millions / member.parameters - 1), FigureText.tenths(member.accuracy),
      ])
    }
    return table
  }
}
