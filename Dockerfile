# The relay in a container: one process, its one database in /data, the operator's folder read-only in /config, secrets
# one a file in /run/secrets. It writes nowhere else but /tmp, so it runs on a read-only root.

# One pin for both stages. Where the registry can be reached, pin harder: append the @sha256 digest of this tag.
ARG PYTHON=docker.io/library/python:3.11.14-slim-bookworm


FROM ${PYTHON} AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ONLY_BINARY=:all:
WORKDIR /src

# Every file that comes from outside is one the locks know by its hash, the build tool too, and none of it is run to be
# installed: wheels only.
COPY requirements.lock requirements-dev.lock ./
RUN python -m venv /opt/tools \
 && python -m venv --without-pip /opt/relay \
 && awk '/^[^ ]/ { wanted = /^setuptools==/ } wanted' requirements-dev.lock > build.lock \
 && /opt/tools/bin/pip install --require-hashes --requirement build.lock \
 && /opt/tools/bin/pip --python /opt/relay install --require-hashes --requirement requirements.lock

COPY pyproject.toml README.md ./
COPY app app/
COPY config config/
COPY connectors connectors/
COPY mapping mapping/
COPY outbox outbox/
COPY rules rules/
COPY store store/
COPY wire wire/
RUN /opt/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/tools/bin/pip --python /opt/relay install --no-deps --no-index /wheels/*.whl


FROM ${PYTHON} AS runtime

ARG PYTHON
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="attendance-relay" \
      org.opencontainers.image.description="Registers in from the MIS, daily attendance feeds and concern notices out" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${PYTHON}"

# A fixed number, so that whoever owns the files of /config and the secrets can give it the right to read them. A new
# volume on /data takes over the owner and the mode of the folder made here: the register of children is his alone.
RUN groupadd --gid 10001 relay \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin relay \
 && install --directory --owner=10001 --group=10001 --mode=0700 /data \
 && install --directory /config

COPY --from=build /opt/relay /opt/relay

# Nothing sets TZ: the relay keeps UTC and reckons in Europe/London itself, wherever it runs. Secrets are looked for in
# /run/secrets without being told to.
ENV PATH="/opt/relay/bin:${PATH}" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ATTENDANCE_RELAY_CONFIG=/config \
    ATTENDANCE_RELAY_DATABASE=/data/relay.db \
    ATTENDANCE_RELAY_LOG_FORMAT=json

USER 10001:10001
WORKDIR /data
VOLUME ["/data"]

# The container is unhealthy when the scheduler has stopped turning, not when a school or a recipient is out of reach.
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s --retries=3 CMD ["attendance-relay", "healthcheck"]

# Exec form: the relay itself is process 1 and gets the SIGTERM of a stop, on which it finishes the attempt in hand. It
# starts no other processes, so there is nothing for an init (tini) to reap.
STOPSIGNAL SIGTERM
ENTRYPOINT ["attendance-relay"]
CMD ["run"]
