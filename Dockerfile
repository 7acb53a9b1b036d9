# The program in a Debian image without Swift. make dist writes the package; built for the Debian release that it was made on.
#
#     make dist
#     docker build --tag carbonclip .
#     docker run --rm --volume "$PWD:/work" carbonclip evaluate --pretrained base --data scenes:test
FROM debian:bookworm-slim
COPY dist/carbonclip_*.deb /tmp/
RUN apt-get update \
    && apt-get install --yes --no-install-recommends /tmp/carbonclip_*.deb \
    && rm -rf /tmp/carbonclip_*.deb /var/lib/apt/lists/*
WORKDIR /work
ENTRYPOINT ["carbonclip"]
