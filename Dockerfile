# One image a service: docker build --build-arg SERVICE=as_server -t heart-uma/as_server .
# It holds the shared packages (heart_*) and that one service, so an import between services cannot
# even boot. SERVICE is as_server, fhir_rs, patient_portal or requester_app. No secret is
# ever inside.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS dependencies
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.txt

FROM python:${PYTHON} AS ground
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/srv
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin heart \
 && mkdir -m 0700 /data && chown 10001 /data
COPY --from=dependencies /venv /venv
WORKDIR /srv
COPY heart_uma/ heart_uma/
COPY heart_ground/ heart_ground/
COPY heart_ui/ heart_ui/
COPY heart_reading/ heart_reading/

# The operator's tools (keys, accounts, import, audit verify) need every package.
FROM ground AS operator
COPY as_server/ as_server/
COPY fhir_rs/ fhir_rs/
COPY patient_portal/ patient_portal/
COPY requester_app/ requester_app/
COPY operator_tools/ operator_tools/
RUN python -m compileall -q .
USER 10001
ENTRYPOINT ["python", "-m", "operator_tools.command"]

FROM ground AS service
ARG SERVICE
COPY ${SERVICE}/ ${SERVICE}/
RUN python -m compileall -q . && python -c "import ${SERVICE}.app"
# Threads: 8 that work, and 56 that wait for bodies (heart_ground/front.py).
ENV SERVICE=${SERVICE} PORT=8000 WORKERS=2 THREADS=64
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"]
CMD ["sh", "-c", "exec python -m granian --interface wsgi --factory ${SERVICE}.app:create_app --host 0.0.0.0 --port ${PORT} --workers ${WORKERS} --blocking-threads ${THREADS} --http 1 --no-ws --workers-kill-timeout 5 --respawn-failed-workers"]
