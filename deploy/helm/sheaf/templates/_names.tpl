{{- define "sheaf.labels" -}}
app.kubernetes.io/name: sheaf
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sheaf.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "sheaf.pod" -}}
{{- /* What all pods of ours have: no root, no capabilities, nothing writable but their scratch. */ -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 40
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "sheaf.container" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
env:
  - {name: SHEAF_DATA_DIR, value: /data}
  - {name: SHEAF_ACCESS__MASTER_KEY_PATH, value: /keys/master.key}
  {{- range $name, $value := .Values.settings }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- if .Values.tracing.enabled }}
  - {name: SHEAF_TRACING__KIND, value: otel}
  - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ .Values.tracing.endpoint | quote }}}
  {{- range $name, $value := .Values.tracing.variables }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- end }}
envFrom:
  - secretRef: {name: {{ .Values.secret }}}
{{- end }}

{{- define "sheaf.mounts" -}}
- {name: data, mountPath: /data}
- {name: data, mountPath: /tmp, subPath: tmp}
- {name: keys, mountPath: /keys, readOnly: true}
{{- end }}

{{- define "sheaf.volumes" -}}
- name: data
  emptyDir: {sizeLimit: {{ .Values.scratch }}}
- name: keys
  secret:
    secretName: {{ .Values.masterKeySecret }}
    defaultMode: 0440
    items: [{key: master.key, path: master.key}]
{{- end }}

{{- define "sheaf.probes" -}}
startupProbe:
  httpGet: {path: /health/live, port: health}
  periodSeconds: 5
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /health/live, port: health}
  periodSeconds: 15
  timeoutSeconds: 8
readinessProbe:
  httpGet: {path: /health/ready, port: health}
  periodSeconds: 15
  timeoutSeconds: 8
{{- end }}
