// Puts every file of this folder into the program. A new file is two lines here; `DataFolderTests` holds the list against
// the folder. `#embed` is C23 (N3017); a compiler without it leaves the list empty, and `DataFolder` looks beside the program.
#include "carbonclip_data.h"

#if defined(__has_embed)
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char accelerators_camera_1920_space_yaml[] = {
#embed "accelerators/camera-1920.space.yaml"
};
static const unsigned char accelerators_camera_base_yaml[] = {
#embed "accelerators/camera-base.yaml"
};
static const unsigned char accelerators_camera_chip_dram_space_yaml[] = {
#embed "accelerators/camera-chip-dram.space.yaml"
};
static const unsigned char accelerators_camera_chip_space_yaml[] = {
#embed "accelerators/camera-chip.space.yaml"
};
static const unsigned char accelerators_camera_middle_yaml[] = {
#embed "accelerators/camera-middle.yaml"
};
static const unsigned char accelerators_camera_space_yaml[] = {
#embed "accelerators/camera.space.yaml"
};
static const unsigned char accelerators_edge_base_yaml[] = {
#embed "accelerators/edge-base.yaml"
};
static const unsigned char accelerators_edge_deep_yaml[] = {
#embed "accelerators/edge-deep.yaml"
};
static const unsigned char accelerators_edge_dual_yaml[] = {
#embed "accelerators/edge-dual.yaml"
};
static const unsigned char accelerators_edge_small_yaml[] = {
#embed "accelerators/edge-small.yaml"
};
static const unsigned char accelerators_edge_tpu_class_yaml[] = {
#embed "accelerators/edge-tpu-class.yaml"
};
static const unsigned char accelerators_edge_space_yaml[] = {
#embed "accelerators/edge.space.yaml"
};
static const unsigned char accelerators_eyeriss_class_yaml[] = {
#embed "accelerators/eyeriss-class.yaml"
};
static const unsigned char accelerators_nvdla_class_yaml[] = {
#embed "accelerators/nvdla-class.yaml"
};
static const unsigned char accelerators_paper_space_yaml[] = {
#embed "accelerators/paper.space.yaml"
};
static const unsigned char accelerators_simba_class_yaml[] = {
#embed "accelerators/simba-class.yaml"
};
static const unsigned char carbon_dram_csv[] = {
#embed "carbon/dram.csv"
};
static const unsigned char carbon_fabs_csv[] = {
#embed "carbon/fabs.csv"
};
static const unsigned char carbon_grids_csv[] = {
#embed "carbon/grids.csv"
};
static const unsigned char carbon_memory_csv[] = {
#embed "carbon/memory.csv"
};
static const unsigned char carbon_packages_csv[] = {
#embed "carbon/packages.csv"
};
static const unsigned char carbon_processors_csv[] = {
#embed "carbon/processors.csv"
};
static const unsigned char carbon_uncertainty_csv[] = {
#embed "carbon/uncertainty.csv"
};
static const unsigned char devices_battery_camera_yaml[] = {
#embed "devices/battery-camera.yaml"
};
static const unsigned char devices_mains_camera_yaml[] = {
#embed "devices/mains-camera.yaml"
};
static const unsigned char paper_claims_csv[] = {
#embed "paper/claims.csv"
};
static const unsigned char paper_family_csv[] = {
#embed "paper/family.csv"
};
static const unsigned char paper_hardware_search_csv[] = {
#embed "paper/hardware-search.csv"
};
static const unsigned char python_carbonclip_model_py[] = {
#embed "python/carbonclip_model.py"
};
static const unsigned char scenarios_battery_camera_yaml[] = {
#embed "scenarios/battery-camera.yaml"
};
static const unsigned char scenarios_camera_yaml[] = {
#embed "scenarios/camera.yaml"
};
static const unsigned char scenarios_edge_yaml[] = {
#embed "scenarios/edge.yaml"
};
static const unsigned char scenarios_paper_yaml[] = {
#embed "scenarios/paper.yaml"
};
static const unsigned char scenarios_published_yaml[] = {
#embed "scenarios/published.yaml"
};
static const unsigned char scenarios_reference_yaml[] = {
#embed "scenarios/reference.yaml"
};
static const unsigned char scenarios_server_yaml[] = {
#embed "scenarios/server.yaml"
};
static const unsigned char search_candidates_jsonl[] = {
#embed "search/candidates.jsonl"
};
static const unsigned char technology_components_22nm_csv[] = {
#embed "technology/components-22nm.csv"
};
static const unsigned char technology_dram_devices_csv[] = {
#embed "technology/dram-devices.csv"
};
static const unsigned char technology_nodes_csv[] = {
#embed "technology/nodes.csv"
};
static const unsigned char technology_physical_csv[] = {
#embed "technology/physical.csv"
};
static const unsigned char technology_reference_carbon_csv[] = {
#embed "technology/reference-carbon.csv"
};
static const unsigned char technology_silicon_csv[] = {
#embed "technology/silicon.csv"
};
static const unsigned char technology_sram_22nm_csv[] = {
#embed "technology/sram-22nm.csv"
};
static const unsigned char technology_weight_memories_csv[] = {
#embed "technology/weight-memories.csv"
};
static const unsigned char vocabularies_NOTICE[] = {
#embed "vocabularies/NOTICE"
};
static const unsigned char vocabularies_bpe_simple_vocab_16e6_txt_gz[] = {
#embed "vocabularies/bpe_simple_vocab_16e6.txt.gz"
};
static const unsigned char vocabularies_scenes_merges_txt[] = {
#embed "vocabularies/scenes/merges.txt"
};
static const unsigned char vocabularies_scenes_special_tokens_map_json[] = {
#embed "vocabularies/scenes/special_tokens_map.json"
};
static const unsigned char vocabularies_scenes_tokenizer_json[] = {
#embed "vocabularies/scenes/tokenizer.json"
};
static const unsigned char vocabularies_scenes_tokenizer_config_json[] = {
#embed "vocabularies/scenes/tokenizer_config.json"
};
static const unsigned char vocabularies_scenes_vocab_json[] = {
#embed "vocabularies/scenes/vocab.json"
};

#define FILE(name, bytes) {name, bytes, sizeof bytes}

static const struct carbonclip_data_file files[] = {
  FILE("accelerators/camera-1920.space.yaml", accelerators_camera_1920_space_yaml),
  FILE("accelerators/camera-base.yaml", accelerators_camera_base_yaml),
  FILE("accelerators/camera-chip-dram.space.yaml", accelerators_camera_chip_dram_space_yaml),
  FILE("accelerators/camera-chip.space.yaml", accelerators_camera_chip_space_yaml),
  FILE("accelerators/camera-middle.yaml", accelerators_camera_middle_yaml),
  FILE("accelerators/camera.space.yaml", accelerators_camera_space_yaml),
  FILE("accelerators/edge-base.yaml", accelerators_edge_base_yaml),
  FILE("accelerators/edge-deep.yaml", accelerators_edge_deep_yaml),
  FILE("accelerators/edge-dual.yaml", accelerators_edge_dual_yaml),
  FILE("accelerators/edge-small.yaml", accelerators_edge_small_yaml),
  FILE("accelerators/edge-tpu-class.yaml", accelerators_edge_tpu_class_yaml),
  FILE("accelerators/edge.space.yaml", accelerators_edge_space_yaml),
  FILE("accelerators/eyeriss-class.yaml", accelerators_eyeriss_class_yaml),
  FILE("accelerators/nvdla-class.yaml", accelerators_nvdla_class_yaml),
  FILE("accelerators/paper.space.yaml", accelerators_paper_space_yaml),
  FILE("accelerators/simba-class.yaml", accelerators_simba_class_yaml),
  FILE("carbon/dram.csv", carbon_dram_csv),
  FILE("carbon/fabs.csv", carbon_fabs_csv),
  FILE("carbon/grids.csv", carbon_grids_csv),
  FILE("carbon/memory.csv", carbon_memory_csv),
  FILE("carbon/packages.csv", carbon_packages_csv),
  FILE("carbon/processors.csv", carbon_processors_csv),
  FILE("carbon/uncertainty.csv", carbon_uncertainty_csv),
  FILE("devices/battery-camera.yaml", devices_battery_camera_yaml),
  FILE("devices/mains-camera.yaml", devices_mains_camera_yaml),
  FILE("paper/claims.csv", paper_claims_csv),
  FILE("paper/family.csv", paper_family_csv),
  FILE("paper/hardware-search.csv", paper_hardware_search_csv),
  FILE("python/carbonclip_model.py", python_carbonclip_model_py),
  FILE("scenarios/battery-camera.yaml", scenarios_battery_camera_yaml),
  FILE("scenarios/camera.yaml", scenarios_camera_yaml),
  FILE("scenarios/edge.yaml", scenarios_edge_yaml),
  FILE("scenarios/paper.yaml", scenarios_paper_yaml),
  FILE("scenarios/published.yaml", scenarios_published_yaml),
  FILE("scenarios/reference.yaml", scenarios_reference_yaml),
  FILE("scenarios/server.yaml", scenarios_server_yaml),
  FILE("search/candidates.jsonl", search_candidates_jsonl),
  FILE("technology/components-22nm.csv", technology_components_22nm_csv),
  FILE("technology/dram-devices.csv", technology_dram_devices_csv),
  FILE("technology/nodes.csv", technology_nodes_csv),
  FILE("technology/physical.csv", technology_physical_csv),
  FILE("technology/reference-carbon.csv", technology_reference_carbon_csv),
  FILE("technology/silicon.csv", technology_silicon_csv),
  FILE("technology/sram-22nm.csv", technology_sram_22nm_csv),
  FILE("technology/weight-memories.csv", technology_weight_memories_csv),
  FILE("vocabularies/NOTICE", vocabularies_NOTICE),
  FILE("vocabularies/bpe_simple_vocab_16e6.txt.gz", vocabularies_bpe_simple_vocab_16e6_txt_gz),
  FILE("vocabularies/scenes/merges.txt", vocabularies_scenes_merges_txt),
  FILE("vocabularies/scenes/special_tokens_map.json", vocabularies_scenes_special_tokens_map_json),
  FILE("vocabularies/scenes/tokenizer.json", vocabularies_scenes_tokenizer_json),
  FILE("vocabularies/scenes/tokenizer_config.json", vocabularies_scenes_tokenizer_config_json),
  FILE("vocabularies/scenes/vocab.json", vocabularies_scenes_vocab_json),
};

const struct carbonclip_data_file *carbonclip_data_files(size_t *count) {
  *count = sizeof files / sizeof files[0];
  return files;
}
#else
const struct carbonclip_data_file *carbonclip_data_files(size_t *count) {
  *count = 0;
  return NULL;
}
#endif
