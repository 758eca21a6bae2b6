# The sandbox as a service of its own (`vtai sandbox serve`), for a VT.ai server elsewhere:
#
#     docker build -t vtai-sandbox-service -f deploy/sandbox/service.Dockerfile .
FROM python:3.11-slim

WORKDIR /opt/vtai
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY vtai ./vtai
RUN pip install --no-cache-dir ".[sandbox]" \
 && useradd --create-home --uid 10001 sandbox

USER sandbox
EXPOSE 8765
ENTRYPOINT ["vtai", "sandbox", "serve", "--host", "0.0.0.0", "--port", "8765"]
